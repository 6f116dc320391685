#include "server/http/history.hpp"

#include <gtest/gtest.h>

#include "http/samples.hpp"
#include "server/http/limits.hpp"

namespace rollcall::http {
namespace {

void add(History& history, milliseconds time, std::uint32_t count, std::uint64_t requests, const Durations& replies) {
  ServerStatus status = status_at(time, count, requests);
  status.reply_time = replies;
  history.add(shared(std::move(status)));
}

TEST(History, APointIsMadeOfASecond) {
  History history;
  add(history, milliseconds(0), 1, 100, durations(100, 0, 0));
  add(history, milliseconds(250), 9, 900, durations(900, 0, 0));
  add(history, milliseconds(999), 9, 900, durations(900, 0, 0));
  EXPECT_TRUE(history.points().empty());
  add(history, milliseconds(1000), 3, 350, durations(100, 250, 0));
  ASSERT_EQ(history.points().size(), 1U);
  const History::Point& point = history.points().front();
  EXPECT_EQ(point.count, 3U);
  EXPECT_DOUBLE_EQ(point.requests_per_second, 250);
  ASSERT_TRUE(point.p99);
  EXPECT_EQ(point.p99->count(), 1990) << "99 % of the way through the bucket from 1 to 2 ms";
  EXPECT_EQ(history.end(), steady_at(seconds(1)));
}

TEST(History, ARateCountsTheTimeThatPassed) {
  History history;
  add(history, milliseconds(0), 0, 0, durations(0, 0, 0));
  add(history, milliseconds(1250), 0, 1000, durations(0, 0, 0));
  EXPECT_DOUBLE_EQ(history.points().back().requests_per_second, 800);
  EXPECT_EQ(history.end(), steady_at(seconds(1))) << "the next point is not put off";
  add(history, milliseconds(2000), 0, 1300, durations(0, 0, 0));
  EXPECT_DOUBLE_EQ(history.points().back().requests_per_second, 400);
}

TEST(History, WithoutRepliesThereIsNoPercentile) {
  History history;
  add(history, milliseconds(0), 0, 0, durations(5, 5, 5));
  add(history, milliseconds(1000), 0, 0, durations(5, 5, 5));
  EXPECT_FALSE(history.points().back().p99);
}

TEST(History, SecondsThatWereMissedHaveTheirPlaces) {
  History history;
  add(history, milliseconds(0), 7, 0, durations(0, 0, 0));
  add(history, milliseconds(4100), 2, 410, durations(410, 0, 0));
  ASSERT_EQ(history.points().size(), 4U);
  EXPECT_EQ(history.end(), steady_at(seconds(4)));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(history.points()[i].count, 7U) << "what was last known";
    EXPECT_DOUBLE_EQ(history.points()[i].requests_per_second, 100);
    EXPECT_FALSE(history.points()[i].p99);
  }
  EXPECT_EQ(history.points()[3].count, 2U);
  EXPECT_TRUE(history.points()[3].p99);
}

TEST(History, KeepsTenMinutes) {
  History history;
  for (std::uint32_t second = 0; second <= 700; ++second) {
    add(history, seconds(second), second, 0, durations(0, 0, 0));
  }
  ASSERT_EQ(history.points().size(), history_points_max);
  EXPECT_EQ(history.points().front().count, 101U);
  EXPECT_EQ(history.points().back().count, 700U);
  add(history, seconds(10'000'000), 5, 0, durations(0, 0, 0));
  ASSERT_EQ(history.points().size(), history_points_max);
  EXPECT_EQ(history.points().front().count, 700U);
  EXPECT_EQ(history.end(), steady_at(seconds(10'000'000)));
}

TEST(Quantile, OfWhatCameInBetween) {
  const Durations before = durations(1000, 0, 0);
  EXPECT_EQ(quantile_between(before, durations(1100, 0, 0), 0.5), std::chrono::microseconds(500));
  EXPECT_EQ(quantile_between(before, durations(1050, 50, 0), 0.5), milliseconds(1));
  EXPECT_EQ(quantile_between(before, durations(1050, 50, 0), 1), milliseconds(2));
  EXPECT_EQ(quantile_between(before, durations(1000, 0, 5), 0.5), milliseconds(2)) << "no less than the last bound";
  EXPECT_EQ(quantile_between(before, before, 0.5), std::nullopt);
  EXPECT_EQ(quantile_between({}, durations(0, 10, 0), 0.5), std::chrono::microseconds(1500));
  EXPECT_EQ(quantile_between({}, {}, 0.5), std::nullopt);
}

}  // namespace
}  // namespace rollcall::http
