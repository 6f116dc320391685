// A histogram with bounded relative error: values are counted in buckets whose width is at most a thousandth of their
// value (three significant digits), whatever their size; memory is bounded by the range, not by how many there are.
// One thread.
#pragma once

#include <cstdint>
#include <vector>

namespace rollcall::replay {

class Histogram {
 public:
  /// Adds `times` occurrences of `value`; one above `value_max` counts as that.
  void add(std::uint64_t value, std::uint64_t times = 1);
  void add(const Histogram& other);

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The value that `fraction` (0 to 1) of all values do not exceed, at most 0.1 % too large; 0 when there is none.
  [[nodiscard]] std::uint64_t quantile(double fraction) const noexcept;
  /// Exact.
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  [[nodiscard]] std::uint64_t min() const noexcept { return count_ == 0 ? 0 : min_; }
  [[nodiscard]] double mean() const noexcept;

  /// For another process: pairs of a bucket's value and how often it was seen.
  struct Bucket {
    std::uint64_t value;
    std::uint64_t times;
  };
  [[nodiscard]] std::vector<Bucket> buckets() const;

  /// About eleven days, in nanoseconds.
  static constexpr std::uint64_t value_max = (std::uint64_t{1} << 50U) - 1;

 private:
  std::vector<std::uint64_t> counts_;  ///< by bucket; grows to the largest that was needed
  std::uint64_t count_ = 0;
  std::uint64_t min_ = UINT64_MAX;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace rollcall::replay
