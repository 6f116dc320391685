#include "core/durations.hpp"

#include <algorithm>
#include <bit>

namespace rollcall::core {

// Not inline: it would take the room of what is called for every request.
void Durations::add(std::chrono::nanoseconds duration, std::uint64_t times) noexcept {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  std::size_t bucket = 0;
  if (duration > up_to(0)) {
    const std::uint64_t below = ns - 1;  // a bound is its own bucket's
    const auto power = static_cast<std::size_t>(std::bit_width(below)) - 1;
    const std::size_t step = (below >> (power - steps_bits)) & (steps - 1);
    bucket = std::min((power - least_bits) * steps + step + 1, buckets - 1);
  }
  counts_[bucket] += times;
  count_ += times;
  sum_ += std::chrono::nanoseconds(ns * times);
}

}  // namespace rollcall::core
