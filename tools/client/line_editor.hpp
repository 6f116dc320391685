// A line of input with editing and history (libedit), during which other things may happen and be shown above it.
//
// One object a process, one thread. The history is kept in a file that only its owner may read.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rollcall::tools {

class LineEditor {
 public:
  /// `busy_fd` becomes readable when `happened` should be called; what that returns is shown above the line being
  /// typed. Text in the locale's encoding, which is made UTF-8 where the environment asks for less.
  LineEditor(std::string prompt, int busy_fd, std::function<std::string()> happened);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// The next line, without its end; nothing at the end of input, or when a signal interrupted it.
  std::optional<std::string> read_line();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall::tools
