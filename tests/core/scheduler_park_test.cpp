// What becomes of the requests of a client that is away and may come back.
#include <gtest/gtest.h>

#include "support/scheduler_fixture.hpp"

namespace rollcall {
namespace {

class SchedulerParkTest : public test::SchedulerTest {
 protected:
  void SetUp() override { join("ana"); }
};

TEST_F(SchedulerParkTest, WhatIsQueuedIsDroppedAndItsLowestIdTold) {
  push_range("ana", 5, 7);
  EXPECT_EQ(park("ana"), "3 dropped from 5");
  EXPECT_EQ(scheduler().bytes(), 0U);
  EXPECT_TRUE(scheduler().at_rest());
  start_workers(1);
  EXPECT_EQ(dispatch(), "nothing");
}

TEST_F(SchedulerParkTest, PlainRequestsHaveNoId) {
  push("ana", 0);
  push("ana", 3);
  EXPECT_EQ(park("ana"), "2 dropped from 3");
}

TEST_F(SchedulerParkTest, NothingIsDroppedWhereNothingWaits) { EXPECT_EQ(park("ana"), "0 dropped"); }

TEST_F(SchedulerParkTest, WhatIsRunningIsTold) {
  start_workers(1);
  push_range("ana", 1, 2);
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2");
  push("ana", 3);
  EXPECT_EQ(park("ana"), "1 dropped from 3");
  EXPECT_EQ(scheduler().unanswered(), 2U);
  EXPECT_EQ(finish(0), "ana1 ana2");
  EXPECT_EQ(scheduler().bytes(), 0U);
}

TEST_F(SchedulerParkTest, ResultsHaveARecipientAgainAfterResume) {
  const core::LaneId lane = join("ben");
  EXPECT_EQ(scheduler().recipient(lane), 1U);
  park("ben");
  EXPECT_EQ(scheduler().recipient(lane), std::nullopt);
  resume("ben");
  EXPECT_EQ(scheduler().recipient(lane), 2U);
}

TEST_F(SchedulerParkTest, WhatIsTakenBackWaitsForTheClient) {
  start_workers(2);
  push_range("ana", 1, 3);
  EXPECT_EQ(dispatch(), "worker 1: ana1 ana2 ana3");
  EXPECT_EQ(park("ana"), "0 dropped");
  take_back(1, 1);
  EXPECT_EQ(finish(1), "ana1");
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_TRUE(is_unanswered("ana", 2));
  resume("ana");
  EXPECT_EQ(dispatch(), "worker 1: ana2 ana3");
  EXPECT_EQ(finish(1), "ana2 ana3");
}

TEST_F(SchedulerParkTest, WhatIsRunningStillHoldsUpWhatComesAfterResume) {
  start_workers(2);
  push("ana", 1);
  EXPECT_EQ(dispatch(), "worker 1: ana1");
  park("ana");
  resume("ana");
  push("ana", 2);
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_EQ(finish(1), "ana1");
  EXPECT_EQ(dispatch(), "worker 1: ana2");
}

TEST_F(SchedulerParkTest, KnowsWhatIsUnanswered) {
  start_workers(1);
  push_range("ana", 1, 2);
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2");
  push("ana", 3);
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_TRUE(is_unanswered("ana", id));
  EXPECT_FALSE(is_unanswered("ana", 4));
  take_back(0, 2);  // tells ana1
  EXPECT_FALSE(is_unanswered("ana", 1));
  EXPECT_TRUE(is_unanswered("ana", 2));
  finish(0);
  EXPECT_FALSE(is_unanswered("ana", 2));
}

TEST_F(SchedulerParkTest, AClientThatIsAwayCanBeForgotten) {
  start_workers(1);
  push_range("ana", 1, 2);
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2");
  park("ana");
  leave("ana");
  EXPECT_TRUE(scheduler().at_rest());
  EXPECT_EQ(finish(0), "");
}

// A plain request of the lost connection is not run again; the client's other requests must not wait for it.
TEST_F(SchedulerParkTest, WhatCameOnTheNewConnectionRunsWhenAPlainRequestOfTheOldOneIsDropped) {
  const core::LaneId slow = join("slow");
  const core::LaneId ben = join("ben");
  start_workers(2);
  scheduler().push(slow, 1, {}, "oi", now);
  scheduler().push(ben, 0, core::Form{true, false}, "oi", now);
  EXPECT_EQ(dispatch(), "worker 1: slow1 ben0");
  park("ben");
  resume("ben");
  push("ben", 1);
  EXPECT_EQ(dispatch(), "nothing");
  take_back(1, 1);
  EXPECT_EQ(dispatch(), "worker 0: ben1");
}

}  // namespace
}  // namespace rollcall
