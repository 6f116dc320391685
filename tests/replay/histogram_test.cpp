// What histogram.hpp promises, against sorting the same values: quantiles at most 0.1 % too large, never too small;
// adding histograms is adding their values; memory bounded by the range. A failure prints the RC_PARAMS that repeat it.
#include "replay/histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace rollcall::replay {
namespace {

using Values = std::vector<std::uint64_t>;
using Draw = std::function<double(std::mt19937_64&)>;

const std::map<std::string, Draw>& distributions() {
  static const std::map<std::string, Draw> all = {
      {"uniform", [](auto& random) { return std::uniform_real_distribution<>(0, 1e9)(random); }},
      {"small", [](auto& random) { return std::uniform_real_distribution<>(0, 5000)(random); }},
      {"exponential", [](auto& random) { return std::exponential_distribution<>(1e-6)(random); }},
      {"log-normal", [](auto& random) { return std::lognormal_distribution<>(13, 2)(random); }},
      {"bimodal",
       [](auto& random) {
         return std::bernoulli_distribution(0.02)(random) ? std::normal_distribution<>(2e8, 1e6)(random)
                                                          : std::normal_distribution<>(4e5, 1e4)(random);
       }},
      {"constant", [](auto&) { return 123'456'789.0; }},
      {"extremes",
       [](auto& random) {
         return std::bernoulli_distribution(0.5)(random) ? 0.0 : static_cast<double>(Histogram::value_max);
       }},
      {"powers of two", [](auto& random) {
         const double power = std::ldexp(1.0, std::uniform_int_distribution<>(0, 49)(random));
         return power + std::uniform_int_distribution<>(-1, 1)(random);
       }}};
  return all;
}

Values draw(const Draw& distribution, std::size_t number, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Values values(number);
  for (auto& value : values) {
    value = static_cast<std::uint64_t>(
        std::clamp(std::round(distribution(random)), 0.0, static_cast<double>(Histogram::value_max)));
  }
  return values;
}

Histogram histogram_of(const Values& values) {
  Histogram histogram;
  for (const auto value : values) histogram.add(value);
  return histogram;
}

/// The smallest value that at least `per_million` of a million values do not exceed, in whole numbers.
std::uint64_t exact_quantile(const Values& sorted, std::uint64_t per_million) {
  const std::uint64_t rank = (per_million * sorted.size() + 999'999) / 1'000'000;
  return sorted[std::max<std::uint64_t>(rank, 1) - 1];
}

constexpr std::uint64_t per_millions[] = {0,       1,       70'000,  250'000, 500'000,  900'000,
                                          990'000, 999'000, 999'900, 999'999, 1'000'000};

void expect_same(const Histogram& one, const Histogram& other) {
  RC_ASSERT(one.count() == other.count());
  RC_ASSERT(one.min() == other.min());
  RC_ASSERT(one.max() == other.max());
  RC_ASSERT(std::abs(one.mean() - other.mean()) <= 1e-9 * other.mean());
  const auto buckets = one.buckets();
  const auto others = other.buckets();
  RC_ASSERT(buckets.size() == others.size());
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    RC_ASSERT(buckets[i].value == others[i].value);
    RC_ASSERT(buckets[i].times == others[i].times);
  }
}

RC_GTEST_PROP(Histogram, QuantilesAreAtMostAThousandthTooLarge, ()) {
  for (const auto& [name, distribution] : distributions()) {
    const auto number = *rc::gen::inRange<std::size_t>(1, 3000);
    Values values = draw(distribution, number, *rc::gen::arbitrary<std::uint64_t>());
    const Histogram histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    RC_ASSERT(histogram.count() == values.size());
    RC_ASSERT(histogram.min() == values.front());
    RC_ASSERT(histogram.max() == values.back());
    for (const auto per_million : per_millions) {
      const std::uint64_t exact = exact_quantile(values, per_million);
      const std::uint64_t told = histogram.quantile(static_cast<double>(per_million) / 1e6);
      RC_LOG() << name << " " << per_million << ": " << told << " for " << exact << "\n";
      RC_ASSERT(told >= exact);
      RC_ASSERT(told - exact <= exact / 1000);
    }
    double sum = 0;
    for (const auto value : values) sum += static_cast<double>(value);
    RC_ASSERT(std::abs(histogram.mean() - sum / static_cast<double>(number)) <= 1e-9 * sum);
  }
}

RC_GTEST_PROP(Histogram, AddingHistogramsIsAddingTheirValues, ()) {
  Values all;
  Histogram sum;
  for (const auto& [name, distribution] : distributions()) {
    const auto number = *rc::gen::inRange<std::size_t>(0, 500);
    const Values values = draw(distribution, number, *rc::gen::arbitrary<std::uint64_t>());
    all.insert(all.end(), values.begin(), values.end());
    sum.add(histogram_of(values));
  }
  expect_same(sum, histogram_of(all));
}

RC_GTEST_PROP(Histogram, BucketsMakeTheSameHistogramElsewhere, ()) {
  for (const auto& [name, distribution] : distributions()) {
    const Histogram here = histogram_of(draw(distribution, 1000, *rc::gen::arbitrary<std::uint64_t>()));
    Histogram there;
    for (const auto& bucket : here.buckets()) there.add(bucket.value, bucket.times);
    RC_ASSERT(there.count() == here.count());
    RC_ASSERT(there.max() == here.max());
    for (const double fraction : {0.001, 0.5, 0.99, 0.999, 1.0}) {
      // The smallest value alone is known less exactly: as its bucket.
      const auto told = there.quantile(fraction);
      RC_ASSERT(told >= here.quantile(fraction));
      RC_ASSERT(told - here.quantile(fraction) <= here.quantile(fraction) / 1000);
    }
  }
}

TEST(Histogram, EmptyIsAllZero) {
  Histogram histogram;
  histogram.add(Histogram{});
  histogram.add(7, 0);
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.99), 0U);
  EXPECT_EQ(histogram.min(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, CanBeAddedToItself) {
  Histogram histogram;
  histogram.add(1'000'003, 2);
  histogram.add(histogram);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_EQ(histogram.buckets().size(), 1U);
}

TEST(Histogram, CountsWhatIsTooLargeAsTheLargest) {
  Histogram histogram;
  histogram.add(UINT64_MAX);
  EXPECT_EQ(histogram.max(), Histogram::value_max);
  EXPECT_EQ(histogram.quantile(0.5), Histogram::value_max);
}

TEST(Histogram, TakesAsMuchMemoryAsTheRangeNeeds) {
  Histogram histogram;
  // Every bucket there is: 39 doublings of 1,024 each above the 2,048 that are exact.
  for (std::uint64_t value = 0; value <= Histogram::value_max; value += 1 + value / 2048)
    histogram.add(value, 1'000'000);
  EXPECT_LE(histogram.buckets().size(), 42'000U);
  EXPECT_GT(histogram.count(), 10'000'000'000U);
}

}  // namespace
}  // namespace rollcall::replay
