#include "replay/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace rollcall::replay {

namespace {

// A value's leading bits choose its bucket: 11 of them make a bucket's width less than a 1024th of its values, which is
// the 0.1 % that is promised. Values of fewer bits have a bucket of their own.
constexpr unsigned exact_bits = 11;
constexpr std::size_t half = std::size_t{1} << (exact_bits - 1);

std::size_t bucket_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= exact_bits) return static_cast<std::size_t>(value);
  const unsigned shift = width - exact_bits;
  return shift * half + static_cast<std::size_t>(value >> shift);
}

std::uint64_t largest_of(std::size_t bucket) {
  if (bucket < 2 * half) return bucket;
  const std::size_t shift = bucket / half - 1;
  const std::uint64_t leading = bucket - shift * half;
  return ((leading + 1) << shift) - 1;
}

}  // namespace

void Histogram::add(std::uint64_t value, std::uint64_t times) {
  if (times == 0) return;
  value = std::min(value, value_max);
  const std::size_t bucket = bucket_of(value);
  if (bucket >= counts_.size()) counts_.resize(bucket + 1);
  counts_[bucket] += times;
  count_ += times;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value) * static_cast<double>(times);
}

void Histogram::add(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  // By index: `other` may be this one.
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

std::uint64_t Histogram::quantile(double fraction) const noexcept {
  if (count_ == 0) return 0;
  // 0.07 of 100 values are 7, though the product is a little more.
  const double share = fraction * static_cast<double>(count_) * (1 - 4 * std::numeric_limits<double>::epsilon());
  const auto rank = share >= static_cast<double>(count_)
                        ? count_
                        : static_cast<std::uint64_t>(std::max(1.0, std::ceil(share)));  // a NaN becomes 1
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::clamp(largest_of(i), min_, max_);
  }
  return max_;
}

double Histogram::mean() const noexcept { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> buckets;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0) buckets.push_back({std::min(largest_of(i), max_), counts_[i]});
  }
  return buckets;
}

}  // namespace rollcall::replay
