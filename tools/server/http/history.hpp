// The last ten minutes, a point a second, made of the statuses that are taken in between. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "rollcall/status.hpp"

namespace rollcall::http {

/// The duration that this share of those stayed below which came to `after` since `before`, interpolated within its
/// bucket; nothing where none came, or the two do not have the same buckets.
[[nodiscard]] std::optional<std::chrono::nanoseconds> quantile_between(const Durations& before, const Durations& after,
                                                                       double share);

class History {
 public:
  static constexpr std::chrono::seconds step{1};
  struct Point {
    std::uint32_t count = 0;
    double requests_per_second = 0;
    std::optional<std::chrono::microseconds> p99;  ///< of the time until a reply; nothing where there was no reply
  };

  /// The next status; what is not newer than the one before is ignored. Seconds without one get points of their own, so
  /// that a point's place always tells its time.
  void add(const std::shared_ptr<const ServerStatus>& status);

  [[nodiscard]] const std::deque<Point>& points() const noexcept { return points_; }
  /// When the last point ended.
  [[nodiscard]] std::chrono::steady_clock::time_point end() const noexcept { return end_; }

 private:
  std::shared_ptr<const ServerStatus> base_;  ///< with which the point began that is not finished yet
  std::chrono::steady_clock::time_point end_;
  std::deque<Point> points_;
};

}  // namespace rollcall::http
