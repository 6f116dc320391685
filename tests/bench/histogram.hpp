// Counts durations in buckets whose width grows with their value: less than 1 % off, of constant size. One thread.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace bench {

class Histogram {
 public:
  void add(std::uint64_t value) {
    ++counts_[index(value)];
    ++total_;
    if (value > most_) most_ = value;
  }
  /// The value below which this share of all values lies; 0 when there are none.
  [[nodiscard]] std::uint64_t quantile(double share) const {
    std::uint64_t left = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > left) return value_of(i);
      left -= counts_[i];
    }
    return most_;
  }
  [[nodiscard]] std::uint64_t most() const { return most_; }

 private:
  static constexpr unsigned exact_bits = 7;  // this many leading bits of a value are kept

  static std::size_t index(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= exact_bits) return value;
    const unsigned shift = width - exact_bits;
    return (std::size_t{shift} << (exact_bits - 1)) + (value >> shift);
  }
  static std::uint64_t value_of(std::size_t index) {
    constexpr std::size_t half = std::size_t{1} << (exact_bits - 1);
    if (index < 2 * half) return index;
    const std::size_t shift = index / half - 1;
    return (index - shift * half) << shift;
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>((64 - exact_bits + 2) << (exact_bits - 1));
  std::uint64_t total_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace bench
