// How long to wait before the next try to connect: twice as long after each failure, with jitter, so that the clients
// of a server that was restarted do not all come back in the same moment. One thread; randomness is an argument.
#pragma once

#include <algorithm>
#include <chrono>

namespace rollcall::core {

class Backoff {
 public:
  static constexpr std::chrono::milliseconds least{50};
  static constexpr std::chrono::milliseconds most{2000};

  /// The next wait: between half of the interval and all of it, by `fraction` (0 to 1).
  [[nodiscard]] std::chrono::milliseconds next(double fraction) noexcept {
    const auto interval = interval_;
    interval_ = std::min(2 * interval_, most);
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(interval.count()) * (1.0 + fraction) / 2.0));
  }
  /// It worked: begin anew.
  void reset() noexcept { interval_ = least; }

 private:
  std::chrono::milliseconds interval_ = least;
};

}  // namespace rollcall::core
