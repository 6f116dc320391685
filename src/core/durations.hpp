// How often durations came to be about how long: counts in buckets that grow with what they hold (log-linear: four to
// each power of two, so that a bound is at most a fourth above what it stands for), from a microsecond to a minute.
// Constant memory, no allocation. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace rollcall::core {

class Durations {
 public:
  /// `times` durations of this length.
  void add(std::chrono::nanoseconds duration, std::uint64_t times = 1) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    counts_[bucket_of(ns)] += times;
    count_ += times;
    sum_ += std::chrono::nanoseconds(ns * times);
  }

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

  static constexpr std::size_t bucket_of(std::uint64_t ns) noexcept {
    constexpr std::uint64_t least = std::uint64_t{1} << least_bits;
    if (ns <= least) return 0;
    const std::uint64_t below = ns - 1;  // a bound is its own bucket's
    const auto power = static_cast<std::size_t>(std::bit_width(below)) - 1;
    const std::size_t step = (below >> (power - steps_bits)) & (steps - 1);
    return std::min((power - least_bits) * steps + step + 1, buckets - 1);
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds sum_{0};
};

static_assert(Durations::up_to(0) < std::chrono::microseconds{2});
static_assert(Durations::up_to(Durations::buckets - 2) > std::chrono::seconds{60});

}  // namespace rollcall::core
