// When the requests of an open loop are due: replay/load_schedule.hpp.
#include "replay/load_schedule.hpp"

#include <gtest/gtest.h>

namespace rollcall::replay {
namespace {

using namespace std::chrono_literals;

TEST(LoadSchedule, IsEvenWithoutARamp) {
  const LoadSchedule schedule(1000, 0s, 2s);
  EXPECT_EQ(schedule.total(), 2000U);
  EXPECT_EQ(schedule.due(0), 0ns);
  EXPECT_EQ(schedule.due(1500), 1500ms);
  EXPECT_EQ(schedule.due_until(-1ns), 0U);
  EXPECT_EQ(schedule.due_until(0ns), 1U);
  EXPECT_EQ(schedule.due_until(1ms - 1ns), 1U);
  EXPECT_EQ(schedule.due_until(1ms), 2U);
  EXPECT_EQ(schedule.due_until(1h), 2000U);
}

TEST(LoadSchedule, RisesEvenlyDuringTheRamp) {
  const LoadSchedule schedule(100, 4s, 10s);
  EXPECT_EQ(schedule.total(), 800U) << "half of the rate while it rises";
  EXPECT_EQ(schedule.due_until(2s - 1ns), 50U);
  EXPECT_EQ(schedule.due_until(4s - 1ns), 200U);
  EXPECT_EQ(schedule.due(200), 4s);
  EXPECT_EQ(schedule.due(201), 4010ms);
}

TEST(LoadSchedule, ARampMayBeLongerThanAll) { EXPECT_EQ(LoadSchedule(100, 4s, 2s).total(), 50U); }

TEST(LoadSchedule, EachIsDueOnceWhenItsTimeHasCome) {
  for (const double rate : {0.1, 3.0, 7777.7, 20'000.0}) {
    for (const auto ramp : {0s, 1s, 3s}) {
      const LoadSchedule schedule(rate, ramp, 2s);
      for (std::uint64_t i = 0; i < schedule.total(); ++i) {
        ASSERT_LT(schedule.due(i), 2s);
        ASSERT_EQ(schedule.due_until(schedule.due(i)), i + 1) << rate << ' ' << ramp.count() << ' ' << i;
        ASSERT_EQ(schedule.due_until(schedule.due(i) - 1ns), i);
      }
    }
  }
}

TEST(LoadSchedule, IsEmptyForAClosedLoop) {
  EXPECT_EQ(LoadSchedule(0, 0s, 10s).total(), 0U);
  EXPECT_EQ(LoadSchedule(0, 3s, 10s).due_until(5s), 0U);
}

}  // namespace
}  // namespace rollcall::replay
