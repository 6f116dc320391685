// What is wrong with a script. The program that reads it ends with exit code 2 (exit_usage).
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace rollcall::replay {

/// what() is "FILE:LINE: what is wrong: what was meant", ready for a terminal.
class ScriptError : public std::runtime_error {
 public:
  /// `line` 0: the file as a whole.
  ScriptError(const std::string& file, std::uint64_t line, const std::string& what);
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }

 private:
  std::uint64_t line_;
};

/// The same without its place, which whoever knows it adds.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace rollcall::replay
