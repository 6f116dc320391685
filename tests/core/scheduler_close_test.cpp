// What the scheduler does when a client leaves, and what it knows at the end of a drain.
#include <gtest/gtest.h>

#include <string>

#include "core/scheduler.hpp"
#include "support/scheduler_fixture.hpp"

namespace rollcall::core {
namespace {

using test::SchedulerTest;
using namespace std::chrono_literals;

// close(): the queue is dropped at once, what is running ends unheard.

TEST_F(SchedulerTest, CloseDropsTheQueue) {
  join_all({"ana", "ben"});
  start_workers(1);
  push_range("ana", 1, 3);
  push("ben", 1);
  EXPECT_EQ(leave("ana"), 3U);
  EXPECT_EQ(scheduler().unanswered(), 1U);
  EXPECT_EQ(scheduler().bytes(), 2 + kept_buffer_bytes_max);
  EXPECT_EQ(dispatch(), "worker 0: ben1");
}

TEST_F(SchedulerTest, CloseOfAnIdleClientDropsNothing) {
  join("ana");
  EXPECT_EQ(leave("ana"), 0U);
  EXPECT_TRUE(scheduler().at_rest());
}

TEST_F(SchedulerTest, WhatWasRunningEndsUnheard) {
  join_all({"ana", "ben"});
  start_workers(1);
  push_range("ana", 1, 2);
  push("ben", 1);
  dispatch();
  push("ana", 3);
  EXPECT_EQ(leave("ana"), 1U) << "those with the worker are not queued";
  EXPECT_EQ(unanswered(), "ben1*");
  EXPECT_EQ(finish(0), "ben1");
  EXPECT_TRUE(scheduler().at_rest());
  EXPECT_EQ(scheduler().bytes(), 0U);
}

TEST_F(SchedulerTest, AtRestDoesNotWaitForWhatNobodyHears) {
  join("ana");
  start_workers(1);
  push("ana", 1);
  dispatch();
  EXPECT_FALSE(scheduler().at_rest());
  leave("ana");
  EXPECT_TRUE(scheduler().at_rest());
  finish(0);
  EXPECT_TRUE(scheduler().at_rest());
}

TEST_F(SchedulerTest, TheNameLivesAsLongAsItsJobs) {
  join("ana");
  start_workers(1);
  push("ana", 1);
  dispatch();
  leave("ana");
  EXPECT_EQ(*batch(0).jobs[0].name, "ana");
  finish(0);
}

TEST_F(SchedulerTest, TakenBackWorkOfSomebodyWhoLeftIsDropped) {
  join_all({"slow", "ana", "ben"});
  start_workers(2);
  for (const std::string who : {"slow", "ana", "ben"}) push(who, 1);
  dispatch();
  leave("ana");
  take_back(1, 1);
  EXPECT_EQ(dispatch(), "worker 0: ben1");
}

TEST_F(SchedulerTest, TheFinishedWorkOfSomebodyWhoLeftIsNotTold) {
  join_all({"ana", "ben", "slow"});
  start_workers(1);
  for (const std::string who : {"ana", "ben", "slow"}) push(who, 1);
  dispatch();
  leave("ana");
  EXPECT_EQ(take_back(0, 3), "ben1");
  leave("slow");
  EXPECT_EQ(finish(0), "");
}

TEST_F(SchedulerTest, LostWorkOfSomebodyWhoLeftIsNotTold) {
  join_all({"ana", "ben"});
  start_workers(1);
  push("ana", 1);
  push("ben", 1);
  dispatch();
  leave("ana");
  EXPECT_EQ(lose(0, 1), "");
  EXPECT_EQ(unanswered(), "ben1");
}

TEST_F(SchedulerTest, AClientInTheMiddleOfTheRingMayLeave) {
  join_all({"ana", "ben", "cai"});
  start_workers(1);
  for (const std::string who : {"ana", "ben", "cai"}) push(who, 1);
  leave("ben");
  EXPECT_EQ(dispatch(), "worker 0: ana1 cai1");
}

TEST_F(SchedulerTest, TheFirstAndTheLastOfTheRingMayLeave) {
  join_all({"ana", "ben", "cai", "dora"});
  start_workers(1);
  for (const std::string who : {"ana", "ben", "cai"}) push(who, 1);
  leave("ana");
  leave("cai");
  push("dora", 1);
  EXPECT_EQ(dispatch(), "worker 0: ben1 dora1");
}

// Lanes are used again.

TEST_F(SchedulerTest, AFreeLaneIsUsedAgain) {
  const LaneId first = join("ana");
  leave("ana");
  EXPECT_EQ(join("ben"), first);
}

TEST_F(SchedulerTest, ALaneIsNotUsedAgainWhileItsRequestsRun) {
  const LaneId first = join("ana");
  start_workers(1);
  push_range("ana", 1, 2);
  dispatch();
  leave("ana");
  EXPECT_NE(join("ben"), first);
  finish(0);
  EXPECT_EQ(join("cai"), first);
  EXPECT_NE(join("dora"), first) << "it was free once only";
}

TEST_F(SchedulerTest, TakingBackTheLastRequestFreesTheLane) {
  join("slow");
  const LaneId lane = join("ana");
  start_workers(1);
  push("slow", 1);
  push_range("ana", 1, 2);
  dispatch();
  leave("ana");
  take_back(0, 1);
  EXPECT_EQ(join("ben"), lane);
  EXPECT_NE(join("cai"), lane);
}

TEST_F(SchedulerTest, ALaneThatIsUsedAgainKnowsNothingOfItsFormerClient) {
  limits.window = 2;
  join("ana");
  start_workers(2);
  push_range("ana", 1, 2);
  leave("ana");
  join("ben");
  push_range("ben", 1, 2);
  EXPECT_EQ(dispatch(), "worker 1: ben1 ben2");
  EXPECT_EQ(*batch(1).jobs[0].name, "ben");
}

// all_unanswered().

TEST_F(SchedulerTest, AllThatHasNotBeenToldIsKnownInOrderForEachClient) {
  start_workers(1);
  learn(100us);
  ASSERT_EQ(jobs_in_a_batch(), 2U);
  join_all({"ana", "ben"});
  push_range("ana", 1, 3);
  dispatch();
  push("ben", 1);
  push("ana", 4);
  EXPECT_EQ(unanswered(), "ana1* ana2* ana3 ana4 ben1");
  EXPECT_EQ(scheduler().unanswered(), 5U);
}

TEST_F(SchedulerTest, WhatWasToldIsNoLongerUnanswered) {
  join_all({"ana", "slow"});
  start_workers(1);
  push("ana", 1);
  push("slow", 1);
  dispatch();
  take_back(0, 2);
  EXPECT_EQ(unanswered(), "slow1*");
  finish(0);
  EXPECT_EQ(unanswered(), "");
  EXPECT_TRUE(scheduler().at_rest());
}

TEST_F(SchedulerTest, UnansweredRequestsKeepTheirForm) {
  const LaneId lane = join("ana");
  start_workers(1);
  scheduler().push(lane, 1, Form{false, true}, "with a worker", now);
  dispatch();
  scheduler().push(lane, 0, Form{true, false}, "queued", now);
  const auto all = scheduler().all_unanswered();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(all[0].form.delimited && !all[0].form.plain && all[0].begun);
  EXPECT_TRUE(!all[1].form.delimited && all[1].form.plain && !all[1].begun);
}

TEST_F(SchedulerTest, PlacesAreUsedAgainWithoutMixingAnythingUp) {
  join_all({"ana", "ben"});
  start_workers(1);
  for (std::uint64_t round = 0; round < 100; ++round) {
    for (std::uint64_t i = 1; i <= 3; ++i) {
      push("ana", round * 3 + i, "ana " + std::to_string(round * 3 + i));
      push("ben", round * 3 + i, "ben " + std::to_string(round * 3 + i));
    }
    dispatch();
    if (round % 2 == 0) take_back(0, static_cast<std::uint32_t>(round % 7));
    for (std::size_t i = 0; i < batch(0).size; ++i) {
      const Job& job = batch(0).jobs[i];
      if (job.name == nullptr) continue;  // told already
      EXPECT_EQ(job.body, *job.name + " " + std::to_string(job.id));
    }
    finish(0);
    while (dispatch() != "nothing") finish(0);
  }
  EXPECT_TRUE(scheduler().at_rest());
  EXPECT_EQ(scheduler().bytes(), 0U);
}

}  // namespace
}  // namespace rollcall::core
