// One line on a terminal that tells how a run goes, written over again at most four times a second and taken away at
// the end. Where there is no terminal, nothing. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "replay/figures.hpp"
#include "replay/sample.hpp"

namespace rollcall::replay {

/// The line: what the run has come to, with the rate and p99 of its last interval; never wider than `columns`.
[[nodiscard]] std::string progress_line(const Run& run, Language language, std::size_t columns);

class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds pause{250};

  /// On `fd`, if that is a terminal; it has to stay open.
  Progress(int fd, Language language) noexcept;
  /// Takes the line away.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows how the run goes, unless that was done less than `pause` ago.
  void show(const Run& run, Clock::time_point now);
  /// Takes the line away, before something else is written.
  void clear() noexcept;

 private:
  const int fd_;
  const Language language_;
  const bool terminal_;
  bool visible_ = false;
  std::optional<Clock::time_point> shown_at_;
};

}  // namespace rollcall::replay
