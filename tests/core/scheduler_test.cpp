// The scheduler's promises: order, non-concurrency, fairness, bounds. What is taken back, lost or dropped is in
// scheduler_reclaim_test.cpp.
#include "core/scheduler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/scheduler_fixture.hpp"

namespace rollcall::core {
namespace {

using test::SchedulerTest;
using namespace std::chrono_literals;

// What a worker gets.

TEST_F(SchedulerTest, NothingWithoutWorkers) {
  join("ana");
  push("ana", 1);
  EXPECT_EQ(dispatch(), "nothing");
}

TEST_F(SchedulerTest, NothingWithoutWork) {
  join("ana");
  start_workers(1);
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_EQ(scheduler().idle_workers(), 1U);
}

TEST_F(SchedulerTest, AJobSaysAllThatAWorkerNeeds) {
  limits.message_bytes_max = 5000;
  const LaneId lane = join("ana");
  start_workers(1);
  scheduler().push(lane, 7, Form{true, true}, "oi", now);
  dispatch(3, 9);
  const Job& job = batch(0).jobs[0];
  EXPECT_EQ(job.id, 7U);
  EXPECT_EQ(job.body, "oi");
  EXPECT_EQ(*job.name, "ana");
  EXPECT_TRUE(job.form.plain);
  EXPECT_TRUE(job.form.delimited);
  EXPECT_EQ(job.count, 3U);
  EXPECT_EQ(job.version, 9U);
  EXPECT_EQ(job.reply_bytes_max, 5000U);
}

TEST_F(SchedulerTest, TheRosterIsStampedWhenTheWorkIsHandedOut) {
  join_all({"ana", "ben"});
  start_workers(2);
  push("ana", 1);
  dispatch(1, 1);
  push("ben", 1);
  dispatch(2, 5);
  EXPECT_EQ(batch(1).jobs[0].version, 1U);
  EXPECT_EQ(batch(0).jobs[0].version, 5U);
}

TEST_F(SchedulerTest, ANewNameHoldsForWorkThatIsHandedOutAfterIt) {
  const LaneId lane = join("ana");
  start_workers(2);
  push_range("ana", 1, 20);
  push("ana", 21);
  dispatch();
  scheduler().rename(lane, std::make_shared<const std::string>("Ana Maria"));
  EXPECT_EQ(*batch(1).jobs[0].name, "ana");
  finish(1);
  dispatch();
  EXPECT_EQ(*batch(1).jobs[0].name, "Ana Maria");
}

TEST_F(SchedulerTest, TheWorkerThatEndedLastIsFirstToGetWork) {
  join_all({"ana", "ben"});
  start_workers(3);
  push("ana", 1);
  EXPECT_EQ(dispatch(), "worker 2: ana1");
  push("ben", 1);
  EXPECT_EQ(dispatch(), "worker 1: ben1");
  finish(2);
  push("ana", 2);
  EXPECT_EQ(dispatch(), "worker 2: ana2");
}

// Order.

TEST_F(SchedulerTest, RequestsRunInTheOrderInWhichTheyWerePushed) {
  join("ana");
  start_workers(1);
  push_range("ana", 1, 3);
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2 ana3");
}

TEST_F(SchedulerTest, ResultsComeOutInThatOrder) {
  join("ana");
  start_workers(1);
  push_range("ana", 1, 3);
  dispatch();
  EXPECT_EQ(finish(0), "ana1 ana2 ana3");
}

TEST_F(SchedulerTest, OrderHoldsAcrossBatches) {
  start_workers(1);
  learn(100us);
  ASSERT_EQ(jobs_in_a_batch(), 2U);
  join("ana");
  push_range("ana", 1, 5);
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2");
  push("ana", 6);
  finish(0);
  EXPECT_EQ(dispatch(), "worker 0: ana3 ana4");
  finish(0);
  EXPECT_EQ(dispatch(), "worker 0: ana5 ana6");
}

TEST_F(SchedulerTest, ABatchHasTheJobsOfOneClientNextToEachOther) {
  join_all({"ana", "ben"});
  start_workers(1);
  push("ana", 1);
  push("ben", 1);
  push("ana", 2);
  push("ben", 2);
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2 ben1 ben2");
}

// Non-concurrency.

TEST_F(SchedulerTest, AtMostOneWorkerHoldsRequestsOfAClient) {
  join("ana");
  start_workers(2);
  push("ana", 1);
  EXPECT_EQ(dispatch(), "worker 1: ana1");
  push("ana", 2);
  EXPECT_EQ(dispatch(), "nothing");
  finish(1);
  EXPECT_EQ(dispatch(), "worker 1: ana2");
}

TEST_F(SchedulerTest, WhatDoesNotFitIntoABatchWaitsForIts) {
  join("ana");
  start_workers(2);
  push_range("ana", 1, 25);
  dispatch();
  EXPECT_EQ(batch(1).size, 20U);
  EXPECT_EQ(dispatch(), "nothing");
  finish(1);
  EXPECT_EQ(dispatch(), "worker 1: ana21 ana22 ana23 ana24 ana25");
}

TEST_F(SchedulerTest, DifferentClientsRunAtTheSameTime) {
  join_all({"ana", "ben"});
  start_workers(2);
  push("ana", 1);
  EXPECT_EQ(dispatch(), "worker 1: ana1");
  push("ben", 1);
  EXPECT_EQ(dispatch(), "worker 0: ben1");
}

// Fairness.

TEST_F(SchedulerTest, ClientsWaitInTheOrderInWhichTheyCame) {
  start_workers(1);
  learn(1ms);
  ASSERT_EQ(jobs_in_a_batch(), 1U);
  join_all({"ana", "ben", "cai"});
  push("ben", 1);
  push("cai", 1);
  push("ana", 1);
  for (const std::string who : {"ben1", "cai1", "ana1"}) {
    EXPECT_EQ(dispatch(), "worker 0: " + who);
    finish(0);
  }
}

TEST_F(SchedulerTest, ATurnTakesABoundedRunFromEach) {
  join_all({"ana", "ben", "cai", "dora"});
  start_workers(1);
  push_range("ana", 1, 200);
  for (const std::string who : {"ben", "cai", "dora"}) push_range(who, 1, 6);
  EXPECT_EQ(dispatch(),
            "worker 0: ana1 ana2 ana3 ana4 ana5 ben1 ben2 ben3 ben4 ben5 cai1 cai2 cai3 cai4 cai5 "
            "dora1 dora2 dora3 dora4 dora5");
}

TEST_F(SchedulerTest, ATurnTakesOneFromEachWhenThereAreMoreClientsThanPlaces) {
  start_workers(1);
  learn(50us);
  ASSERT_EQ(jobs_in_a_batch(), 4U);
  const std::vector<std::string> everybody = {"a", "b", "c", "d", "e", "f"};
  join_all(everybody);
  for (const std::string& who : everybody) push_range(who, 1, 3);
  EXPECT_EQ(dispatch(), "worker 0: a1 b1 c1 d1");
  finish(0);
  EXPECT_EQ(dispatch(), "worker 0: e1 f1 a2 b2");
  finish(0);
  EXPECT_EQ(dispatch(), "worker 0: c2 d2 e2 f2");
}

TEST_F(SchedulerTest, AFloodOfOneClientDoesNotKeepTheOthersWaiting) {
  start_workers(1);
  learn(1ms);
  ASSERT_EQ(jobs_in_a_batch(), 1U);
  join_all({"flood", "ana", "ben"});
  push_range("flood", 1, 256);
  std::uint64_t asked = 0;
  for (std::uint64_t turn = 1; turn <= 60; ++turn) {
    // Each of the polite ones asks again as soon as it has its answer.
    if (turn % 3 == 1) {
      ++asked;
      push("ana", asked);
      push("ben", asked);
    }
    const std::string line = dispatch();
    const std::string ids[] = {"ben" + std::to_string(asked), "flood" + std::to_string(asked),
                               "ana" + std::to_string(asked)};
    EXPECT_EQ(line, "worker 0: " + ids[turn % 3]);
    finish(0);
  }
}

TEST_F(SchedulerTest, NobodyGetsASecondTurnBeforeEverybodyWhoWaitedHadOne) {
  const std::size_t clients = 30;  // more than a batch of 20 has places for
  start_workers(1);
  for (std::size_t i = 0; i < clients; ++i) {
    join("c" + std::to_string(i) + "#");
    push_range("c" + std::to_string(i) + "#", 1, 4);
  }
  std::vector<std::uint64_t> turns(clients);
  for (int round = 0; round < 6; ++round) {
    ASSERT_NE(dispatch(), "nothing");
    for (std::size_t i = 0; i < batch(0).size; ++i) ++turns[batch(0).jobs[i].routing_id];
    const auto [fewest, most] = std::minmax_element(turns.begin(), turns.end());
    EXPECT_LE(*most - *fewest, 1U) << "round " << round;
    finish(0);
  }
  EXPECT_TRUE(scheduler().at_rest());
}

// Work conservation: what a slow request holds up is in scheduler_reclaim_test.cpp.

TEST_F(SchedulerTest, AnIdleWorkerGetsWorkAsLongAsAnyClientHasSomeThatMayRun) {
  start_workers(1);
  learn(1ms);
  ASSERT_EQ(jobs_in_a_batch(), 1U);
  scheduler().add_worker(1);
  scheduler().add_worker(2);
  join_all({"ana", "ben", "cai"});
  for (const std::string who : {"ana", "ben", "cai"}) push_range(who, 1, 2);
  EXPECT_EQ(dispatch(), "worker 2: ana1");
  EXPECT_EQ(dispatch(), "worker 1: ben1");
  EXPECT_EQ(dispatch(), "worker 0: cai1");
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_EQ(finish(1), "ben1");
  EXPECT_EQ(dispatch(), "worker 1: ben2");
}

TEST_F(SchedulerTest, TheHandlersMeasuredTimeSizesTheBatches) {
  limits.window = 2 * batch_jobs_max;
  start_workers(1);
  EXPECT_EQ(jobs_in_a_batch(), 20U);
  learn(100ns);
  EXPECT_EQ(jobs_in_a_batch(), batch_jobs_max);
  learn(5ms);
  EXPECT_EQ(jobs_in_a_batch(), 1U);
}

// Bounds.

TEST_F(SchedulerTest, TheWindowCountsQueuedRequests) {
  limits.window = 3;
  join("ana");
  push_range("ana", 1, 3);
  EXPECT_EQ(try_push("ana", 4), Admission::window_full);
  EXPECT_EQ(unanswered(), "ana1 ana2 ana3");
}

TEST_F(SchedulerTest, TheWindowCountsRequestsWithAWorker) {
  limits.window = 3;
  join("ana");
  start_workers(1);
  push_range("ana", 1, 2);
  dispatch();
  push("ana", 3);
  EXPECT_EQ(try_push("ana", 4), Admission::window_full);
  finish(0);
  EXPECT_EQ(try_push("ana", 4), Admission::accepted);
  EXPECT_EQ(try_push("ana", 5), Admission::accepted);
  EXPECT_EQ(try_push("ana", 6), Admission::window_full);
}

TEST_F(SchedulerTest, TheWindowIsEachClientsOwn) {
  limits.window = 1;
  join_all({"ana", "ben"});
  push("ana", 1);
  EXPECT_EQ(try_push("ana", 2), Admission::window_full);
  EXPECT_EQ(try_push("ben", 1), Admission::accepted);
}

TEST_F(SchedulerTest, ARequestCountsItsBodyAndItsPlace) {
  join("ana");
  push("ana", 1, std::string(100, 'x'));
  EXPECT_EQ(scheduler().bytes(), 100 + kept_buffer_bytes_max);
  push("ana", 2, "");
  EXPECT_EQ(scheduler().bytes(), 100 + 2 * kept_buffer_bytes_max);
}

TEST_F(SchedulerTest, AClientsBytesAreBounded) {
  limits.client_queue_bytes_max = 2 * (kept_buffer_bytes_max + 100);
  join_all({"ana", "ben"});
  push("ana", 1, std::string(100, 'x'));
  EXPECT_EQ(try_push("ana", 2, std::string(101, 'x')), Admission::client_bytes_full);
  EXPECT_EQ(try_push("ana", 3, std::string(100, 'x')), Admission::accepted);
  EXPECT_EQ(try_push("ana", 4, ""), Admission::client_bytes_full);
  EXPECT_EQ(try_push("ben", 1, std::string(100, 'x')), Admission::accepted);
}

TEST_F(SchedulerTest, ClientBytesCountUntilTheAnswer) {
  limits.client_queue_bytes_max = kept_buffer_bytes_max + 100;
  join("ana");
  start_workers(1);
  push("ana", 1, std::string(100, 'x'));
  dispatch();
  EXPECT_EQ(try_push("ana", 2), Admission::client_bytes_full);
  finish(0);
  EXPECT_EQ(try_push("ana", 3), Admission::accepted);
}

TEST_F(SchedulerTest, OneRequestAlwaysFits) {
  limits.client_queue_bytes_max = 10;
  join("ana");
  EXPECT_EQ(try_push("ana", 1, std::string(10'000, 'x')), Admission::accepted);
  EXPECT_EQ(try_push("ana", 2, ""), Admission::client_bytes_full);
}

TEST_F(SchedulerTest, TheBytesOfAllAreBounded) {
  limits.total_queue_bytes_max = 2 * (kept_buffer_bytes_max + 100);
  join_all({"ana", "ben", "cai"});
  start_workers(1);
  push("ana", 1, std::string(100, 'x'));
  push("ben", 1, std::string(100, 'x'));
  EXPECT_EQ(try_push("cai", 1, ""), Admission::total_bytes_full);
  dispatch();
  EXPECT_EQ(try_push("cai", 2, ""), Admission::total_bytes_full);
  finish(0);
  EXPECT_EQ(scheduler().bytes(), 0U);
  EXPECT_EQ(try_push("cai", 3, ""), Admission::accepted);
}

TEST_F(SchedulerTest, ARefusedRequestLeavesNothingBehind) {
  limits.window = 1;
  join("ana");
  start_workers(1);
  push("ana", 1);
  const std::size_t bytes = scheduler().bytes();
  EXPECT_EQ(try_push("ana", 2), Admission::window_full);
  EXPECT_EQ(scheduler().bytes(), bytes);
  EXPECT_EQ(scheduler().unanswered(), 1U);
  EXPECT_EQ(dispatch(), "worker 0: ana1");
}

}  // namespace
}  // namespace rollcall::core
