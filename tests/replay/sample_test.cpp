// How intervals become a run (sample.hpp).
#include "replay/sample.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::replay {
namespace {

Sample sample_of(std::uint64_t replies, std::uint64_t latency_ns) {
  Sample sample;
  sample.due = sample.sent = sample.replies = replies;
  sample.latency.add(latency_ns, replies);
  sample.service_time.add(latency_ns / 2, replies);
  return sample;
}

TEST(Sample, AddsEverything) {
  Sample one = sample_of(3, 1000);
  one.errors = {{"busy", 1}};
  one.unknown = 2;
  one.version = 5;
  one.count = 4;
  Sample other = sample_of(2, 3000);
  other.errors = {{"busy", 2}, {"draining", 1}};
  other.timeouts = 3;
  other.not_sent = 4;
  other.joins = other.leaves = other.crashes = other.lost = other.refused = 7;
  other.expectations_met = 8;
  other.expectations_failed = 9;
  one.add(other);
  one.add(other);
  EXPECT_EQ(one.due, 7U);
  EXPECT_EQ(one.replies, 7U);
  EXPECT_EQ(one.errors["busy"], 5U);
  EXPECT_EQ(one.errors["draining"], 2U);
  EXPECT_EQ(one.errors_total(), 7U + 2U + 6U + 8U);
  EXPECT_EQ(one.joins + one.leaves + one.crashes + one.lost + one.refused, 70U);
  EXPECT_EQ(one.expectations_met, 16U);
  EXPECT_EQ(one.expectations_failed, 18U);
  EXPECT_EQ(one.latency.count(), 7U);
  EXPECT_EQ(one.service_time.max(), 1500U);
  EXPECT_EQ(one.count, 4U) << "nothing newer was told";
}

TEST(Sample, KeepsTheNewestCountWhicheverComesFirst) {
  Sample older;
  older.version = 3;
  older.count = 30;
  Sample newer;
  newer.version = 9;
  newer.count = 0;
  Sample sum;
  sum.add(newer);
  sum.add(older);
  EXPECT_EQ(sum.count, 0U);
  EXPECT_EQ(sum.version, 9U);
}

TEST(Sample, KeepsTheFirstFailures) {
  Sample sum;
  for (std::uint64_t line = 1; line <= 25; ++line) {
    Sample sample;
    sample.failures = {{line, "ana", "", ""}, {line, "bia", "", ""}};
    sum.add(sample);
  }
  ASSERT_EQ(sum.failures.size(), Sample::failures_max);
  EXPECT_EQ(sum.failures.front().line, 1U);
  EXPECT_EQ(sum.failures.back().line, 5U);
}

TEST(RunOfSamples, HasAnIntervalASample) {
  replay::Run run;
  Sample sample = sample_of(10, 2'000'000);
  sample.crashes = 2;
  sample.lost = 3;
  sample.not_sent = 1;
  sample.count = 8;
  run.add(sample, 0, 1);
  run.add(Sample{}, 1, 0.5);
  ASSERT_EQ(run.intervals.size(), 2U);
  const replay::Run::Interval& first = run.intervals[0];
  EXPECT_EQ(first.crashes, 5U);
  EXPECT_EQ(first.errors, 1U);
  EXPECT_EQ(first.count, 8U);
  EXPECT_NEAR(first.p50_ms, 2, 0.002);
  EXPECT_EQ(first.max_ms, 2);
  EXPECT_EQ(run.intervals[1].count, std::nullopt);
  EXPECT_EQ(run.intervals[1].from_s, 1);
  EXPECT_EQ(run.seconds, 1.5);
  EXPECT_EQ(run.total.replies, 10U);
}

TEST(RunOfSamples, TheRestOfASecondAtTheEndIsNoIntervalOfItsOwn) {
  replay::Run run;
  run.add(sample_of(100, 1'000'000), 0, 1);
  run.add(sample_of(100, 1'000'000), 1, 1);
  run.add(sample_of(1, 1'000'000), 2, 0.1);
  ASSERT_EQ(run.intervals.size(), 2U);
  EXPECT_EQ(run.intervals[1].replies, 101U);
  EXPECT_DOUBLE_EQ(run.intervals[1].seconds, 1.1);
}

TEST(RunOfSamples, OfAnyLengthHasABoundedNumberOfIntervalsThatLoseNothing) {
  constexpr std::size_t samples = 5 * replay::Run::intervals_max + 17;
  replay::Run run;
  for (std::size_t i = 0; i < samples; ++i) {
    Sample sample = sample_of(i % 3, 1'000'000);
    if (i == 1234) sample.latency.add(900'000'000);
    sample.joins = 1;
    if (i == samples - 1) sample.count = 77;
    run.add(sample, static_cast<double>(i), 1);
    ASSERT_LE(run.intervals.size(), replay::Run::intervals_max);
  }
  EXPECT_GT(run.intervals.size(), replay::Run::intervals_max / 2);
  std::uint64_t replies = 0;
  std::uint64_t joins = 0;
  double until_s = 0;
  double max_ms = 0;
  for (std::size_t i = 0; i < run.intervals.size(); ++i) {
    const replay::Run::Interval& interval = run.intervals[i];
    EXPECT_EQ(interval.from_s, until_s);
    const bool last = i + 1 == run.intervals.size();
    EXPECT_TRUE(last || interval.seconds == 8) << "one resolution";
    until_s += interval.seconds;
    replies += interval.replies;
    joins += interval.joins;
    max_ms = std::max(max_ms, interval.max_ms);
  }
  EXPECT_EQ(until_s, static_cast<double>(samples));
  EXPECT_EQ(replies, run.total.replies);
  EXPECT_EQ(joins, samples);
  EXPECT_EQ(max_ms, 900);
  EXPECT_EQ(run.intervals.back().count, 77U);
}

TEST(RunOfSamples, AnIntervalOfTwoIsAsBadAsTheWorse) {
  for (const std::size_t worse : {0U, 1U}) {
    replay::Run run;
    for (std::size_t i = 0; i < replay::Run::intervals_max; ++i) {
      const bool bad = i % 2 == worse;
      run.add(sample_of(bad ? 1 : 3, bad ? 5'000'000 : 1'000'000), static_cast<double>(i), 1);
    }
    run.add(Sample{}, replay::Run::intervals_max, 1);
    const replay::Run::Interval& both = run.intervals.front();
    EXPECT_NEAR(both.p50_ms, 2, 0.01) << "weighted by the replies";
    EXPECT_NEAR(both.p99_ms, 5, 0.01);
    EXPECT_EQ(both.max_ms, 5);
    EXPECT_EQ(both.seconds, 2);
  }
}

}  // namespace
}  // namespace rollcall::replay
