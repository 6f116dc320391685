// How often durations came to be about how long: counts in buckets that grow with what they hold (log-linear: four to
// each power of two, so that a bound is at most a fourth above what it stands for), from a microsecond to a minute.
// Constant memory, no allocation. One thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rollcall::core {

class Durations {
 public:
  /// `times` durations of this length.
  void add(std::chrono::nanoseconds duration, std::uint64_t times = 1) noexcept;

  static constexpr std::size_t buckets = 106;
  /// What a bucket's durations are at most; they are above the bound of the one before it.
  [[nodiscard]] static constexpr std::chrono::nanoseconds up_to(std::size_t bucket) noexcept {
    if (bucket + 1 == buckets) return std::chrono::nanoseconds::max();
    const std::uint64_t step = std::uint64_t{1} << (least_bits - steps_bits + bucket / steps);
    return std::chrono::nanoseconds((steps + bucket % steps) * step);
  }
  [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept { return counts_[bucket]; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::chrono::nanoseconds sum() const noexcept { return sum_; }

 private:
  static constexpr std::size_t steps_bits = 2;
  static constexpr std::size_t steps = std::size_t{1} << steps_bits;  ///< in each power of two
  static constexpr std::size_t least_bits = 10;                       ///< the first bucket's bound is 2^10 ns

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds sum_{0};
};

static_assert(Durations::up_to(0) < std::chrono::microseconds{2});
static_assert(Durations::up_to(Durations::buckets - 2) > std::chrono::seconds{60});

}  // namespace rollcall::core
