// How many requests go into a batch.
#include "core/batch_sizer.hpp"

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

class BatchSizerTest : public ::testing::Test {
 protected:
  void measure(std::chrono::nanoseconds each, int times, std::size_t jobs = 1) {
    for (int i = 0; i < times; ++i) sizer.measured(each * jobs, jobs);
  }

  BatchSizer sizer;
};

TEST_F(BatchSizerTest, BeforeAnythingIsKnownBatchesAreSmall) { EXPECT_EQ(sizer.jobs_max(), 20U); }

TEST_F(BatchSizerTest, AsManyAsFitIntoTheTarget) {
  for (const auto each : {2us, 5us, 10us, 20us, 50us, 100us}) {
    measure(each, 200);
    EXPECT_NEAR(static_cast<double>(sizer.jobs_max()), static_cast<double>(batch_time_target / each), 1.0)
        << each.count();
  }
}

TEST_F(BatchSizerTest, AFastHandlerGetsTheLargestBatches) {
  measure(100ns, 200);
  EXPECT_EQ(sizer.jobs_max(), batch_jobs_max);
}

TEST_F(BatchSizerTest, AHandlerTooFastToMeasureGetsTheLargestBatches) {
  measure(0ns, 1000);
  EXPECT_EQ(sizer.jobs_max(), batch_jobs_max);
}

TEST_F(BatchSizerTest, ASlowHandlerGetsOneAtATime) {
  measure(5ms, 200);
  EXPECT_EQ(sizer.jobs_max(), 1U);
}

TEST_F(BatchSizerTest, WhatCountsIsTheTimeForEachRequest) {
  measure(5us, 200, 40);
  EXPECT_NEAR(static_cast<double>(sizer.jobs_max()), 40.0, 1.0);
}

TEST_F(BatchSizerTest, OneSlowCallDoesNotShrinkTheBatchesForLong) {
  measure(1us, 200);
  const std::size_t before = sizer.jobs_max();
  measure(1h, 1);
  EXPECT_LT(sizer.jobs_max(), before);
  measure(1us, 60);
  EXPECT_GT(sizer.jobs_max(), before * 9 / 10);
}

TEST_F(BatchSizerTest, AnHourCountsAsMuchAsTheLargestSample) {
  BatchSizer other;
  sizer.measured(1h, 1);
  other.measured(handler_sample_max, 1);
  measure(1us, 10);
  for (int i = 0; i < 10; ++i) other.measured(1us, 1);
  EXPECT_EQ(sizer.jobs_max(), other.jobs_max());
}

TEST_F(BatchSizerTest, ABatchOfWhichNothingRanTellsNothing) {
  sizer.measured(1h, 0);
  EXPECT_EQ(sizer.jobs_max(), 20U);
}

}  // namespace
}  // namespace rollcall::core
