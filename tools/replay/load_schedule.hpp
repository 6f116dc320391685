// When the requests of an open loop are due. Plain values, any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace rollcall::replay {

/// The rate rises evenly from 0 to `rate` requests a second during the ramp, and stays there. Times are since the
/// start.
class LoadSchedule {
 public:
  using Time = std::chrono::nanoseconds;

  LoadSchedule(double rate, Time ramp, Time duration);

  /// How many there are in all.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// When request `i` (from 0 on) is due.
  [[nodiscard]] Time due(std::uint64_t i) const;
  /// How many are due at `time` or earlier.
  [[nodiscard]] std::uint64_t due_until(Time time) const;

 private:
  [[nodiscard]] double planned(double seconds) const;

  double rate_;
  double ramp_s_;
  std::uint64_t total_;
};

}  // namespace rollcall::replay
