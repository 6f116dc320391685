#include "core/durations.hpp"

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

std::size_t bucket_of(std::chrono::nanoseconds duration) {
  Durations durations;
  durations.add(duration);
  for (std::size_t bucket = 0; bucket < Durations::buckets; ++bucket) {
    if (durations.count(bucket) == 1) return bucket;
  }
  return Durations::buckets;
}

TEST(Durations, BoundsRiseByAFourthAtMost) {
  for (std::size_t bucket = 1; bucket + 1 < Durations::buckets; ++bucket) {
    EXPECT_GT(Durations::up_to(bucket), Durations::up_to(bucket - 1));
    EXPECT_LE(Durations::up_to(bucket) * 4, Durations::up_to(bucket - 1) * 5);
  }
  EXPECT_EQ(Durations::up_to(0), 1024ns);
  EXPECT_EQ(Durations::up_to(1), 1280ns);
  EXPECT_EQ(Durations::up_to(4), 2048ns);
  EXPECT_EQ(Durations::up_to(Durations::buckets - 1), std::chrono::nanoseconds::max());
}

TEST(Durations, ABoundBelongsToItsOwnBucketAndWhatIsAboveToTheNext) {
  for (std::size_t bucket = 0; bucket + 1 < Durations::buckets; ++bucket) {
    EXPECT_EQ(bucket_of(Durations::up_to(bucket)), bucket);
    EXPECT_EQ(bucket_of(Durations::up_to(bucket) + 1ns), bucket + 1);
  }
}

TEST(Durations, WhatIsBeyondAllBoundsCounts) {
  EXPECT_EQ(bucket_of(-1ns), 0U);
  EXPECT_EQ(bucket_of(0ns), 0U);
  EXPECT_EQ(bucket_of(24h), Durations::buckets - 1);
  EXPECT_EQ(bucket_of(std::chrono::nanoseconds::max()), Durations::buckets - 1);
}

TEST(Durations, ManyAtOnceAreAsManyOneByOne) {
  Durations durations;
  durations.add(1ms, 1000);
  durations.add(3s);
  durations.add(5ms, 0);
  EXPECT_EQ(durations.count(), 1001U);
  EXPECT_EQ(durations.sum(), 4s);
  std::uint64_t all = 0;
  for (std::size_t bucket = 0; bucket < Durations::buckets; ++bucket) all += durations.count(bucket);
  EXPECT_EQ(all, 1001U);
}

}  // namespace
}  // namespace rollcall::core
