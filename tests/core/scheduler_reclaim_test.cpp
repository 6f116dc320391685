// What the scheduler does with work that can't go on where it is: taken back from a slow worker, lost with a dead one,
// dropped with its client. And what is left at the end.
#include <gtest/gtest.h>

#include <string>

#include "core/scheduler.hpp"
#include "support/scheduler_fixture.hpp"
#include "wire/codec.hpp"

namespace rollcall::core {
namespace {

using test::SchedulerTest;
using namespace std::chrono_literals;

// overdue(): which worker to ask.

TEST_F(SchedulerTest, AWorkerThatHoldsItsBatchForTooLongIsOverdue) {
  join("ana");
  start_workers(1);
  push_range("ana", 1, 2);
  dispatch();
  EXPECT_EQ(scheduler().next_deadline(), now + reclaim_after);
  EXPECT_EQ(scheduler().overdue(now + reclaim_after - 1ns), std::nullopt);
  EXPECT_EQ(scheduler().overdue(now + reclaim_after), 0U);
}

TEST_F(SchedulerTest, AWorkerIsAskedOnceForABatch) {
  join("ana");
  start_workers(1);
  push_range("ana", 1, 2);
  dispatch();
  now += reclaim_after;
  EXPECT_EQ(scheduler().overdue(now), 0U);
  EXPECT_EQ(scheduler().overdue(now + 24h), std::nullopt);
  EXPECT_EQ(scheduler().next_deadline(), std::nullopt);
  finish(0);
  push_range("ana", 3, 4);
  dispatch();
  EXPECT_EQ(scheduler().overdue(now + reclaim_after), 0U);
}

TEST_F(SchedulerTest, ASingleRequestHoldsUpNothing) {
  join("ana");
  start_workers(1);
  push("ana", 1);
  dispatch();
  EXPECT_EQ(scheduler().next_deadline(), now + limits.handler_time_max) << "and has time until then";
  EXPECT_EQ(scheduler().overdue(now + 24h), std::nullopt);
}

TEST_F(SchedulerTest, AnIdleOrALostWorkerIsNotOverdue) {
  join("ana");
  start_workers(2);
  push_range("ana", 1, 2);
  dispatch();
  finish(1);
  EXPECT_EQ(scheduler().next_deadline(), std::nullopt);
  push_range("ana", 3, 4);
  dispatch();
  lose(1, 1);
  EXPECT_EQ(scheduler().overdue(now + 24h), std::nullopt);
}

TEST_F(SchedulerTest, EveryOverdueWorkerIsNamedAndTheEarliestIsTheDeadline) {
  join_all({"ana", "ben"});
  start_workers(2);
  push_range("ana", 1, 2);
  dispatch();
  now += 300us;
  push_range("ben", 1, 2);
  dispatch();
  EXPECT_EQ(scheduler().next_deadline(), now - 300us + reclaim_after);
  EXPECT_EQ(scheduler().overdue(now - 300us + reclaim_after), 1U);
  EXPECT_EQ(scheduler().next_deadline(), now + reclaim_after);
  EXPECT_EQ(scheduler().overdue(now + reclaim_after), 0U);
}

// take_back(): the prefix is told, the running one stays, the rest is queued again.

TEST_F(SchedulerTest, WhatASlowRequestHoldsUpGoesToOtherWorkers) {
  join_all({"slow", "ben", "cai"});
  start_workers(2);
  for (const std::string who : {"slow", "ben", "cai"}) push(who, 1);
  EXPECT_EQ(dispatch(), "worker 1: slow1 ben1 cai1");
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_EQ(take_back(1, 1), "");
  EXPECT_EQ(dispatch(), "worker 0: ben1 cai1");
  EXPECT_EQ(finish(0), "ben1 cai1");
  EXPECT_EQ(finish(1), "slow1");
}

TEST_F(SchedulerTest, FinishedJobsAreToldAtOnceAndOnce) {
  join_all({"ana", "ben", "slow", "dora"});
  start_workers(1);
  for (const std::string who : {"ana", "ben", "slow", "dora"}) push(who, 1);
  dispatch();
  EXPECT_EQ(take_back(0, 3), "ana1 ben1");
  EXPECT_EQ(unanswered(), "slow1* dora1");
  EXPECT_EQ(finish(0), "slow1");
  EXPECT_EQ(unanswered(), "dora1");
}

TEST_F(SchedulerTest, AClientWhoseJobsWereToldMayRunElsewhere) {
  join_all({"ana", "slow"});
  start_workers(2);
  push("ana", 1);
  push("slow", 1);
  dispatch();
  push("ana", 2);
  EXPECT_EQ(dispatch(), "nothing");
  take_back(1, 2);
  EXPECT_EQ(dispatch(), "worker 0: ana2");
}

TEST_F(SchedulerTest, TheRestIsQueuedInFrontAndInOrder) {
  join_all({"slow", "ben", "cai", "dora"});
  start_workers(2);
  push("slow", 1);
  push_range("ben", 1, 2);
  push_range("cai", 1, 2);
  EXPECT_EQ(dispatch(), "worker 1: slow1 ben1 ben2 cai1 cai2");
  push("dora", 1);  // waits for its turn; ben and cai had theirs before
  push("cai", 3);
  take_back(1, 1);
  EXPECT_EQ(dispatch(), "worker 0: ben1 ben2 cai1 cai2 cai3 dora1");
}

TEST_F(SchedulerTest, WhatTheSlowClientItselfHasBehindWaits) {
  join("slow");
  start_workers(2);
  push_range("slow", 1, 3);
  dispatch();
  take_back(1, 1);
  EXPECT_EQ(dispatch(), "nothing");
  push("slow", 4);
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_EQ(finish(1), "slow1");
  EXPECT_EQ(dispatch(), "worker 1: slow2 slow3 slow4");
}

TEST_F(SchedulerTest, TakenBackRequestsMixWithNobodyElses) {
  join_all({"slow", "ben"});
  start_workers(2);
  push_range("slow", 1, 2);
  dispatch();
  push("ben", 1);  // in the place that slow2 had
  take_back(1, 1);
  push("slow", 3);
  EXPECT_EQ(unanswered(), "slow1* slow2 slow3 ben1");
  EXPECT_EQ(dispatch(), "worker 0: ben1");
  finish(1);
  EXPECT_EQ(dispatch(), "worker 1: slow2 slow3");
}

TEST_F(SchedulerTest, NothingIsTakenBackFromAWorkerInItsLastJob) {
  join("ana");
  start_workers(1);
  push_range("ana", 1, 2);
  dispatch();
  EXPECT_EQ(take_back(0, 2), "ana1");
  EXPECT_EQ(finish(0), "ana2");
}

TEST_F(SchedulerTest, AllIsTakenBackFromAWorkerThatHasNotBegun) {
  join_all({"ana", "ben"});
  start_workers(2);
  push_range("ana", 1, 2);
  push("ben", 1);
  dispatch();
  EXPECT_EQ(take_back(1, 0), "");
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2 ben1");
  EXPECT_EQ(finish(1), "");
  EXPECT_EQ(scheduler().idle_workers(), 1U);
}

TEST_F(SchedulerTest, TakingBackChangesNoBoundAndNoBody) {
  limits.window = 3;
  join_all({"slow", "ben"});
  start_workers(2);
  push("slow", 1);
  push("ben", 1, "first");
  push("ben", 2, std::string(1000, 'x'));
  push("ben", 3, "third");
  const std::size_t bytes = scheduler().bytes();
  dispatch();
  take_back(1, 1);
  EXPECT_EQ(scheduler().bytes(), bytes);
  EXPECT_EQ(scheduler().unanswered(), 4U);
  EXPECT_EQ(try_push("ben", 4), Admission::window_full);
  dispatch();
  EXPECT_EQ(batch(0).jobs[0].body, "first");
  EXPECT_EQ(batch(0).jobs[1].body, std::string(1000, 'x'));
  EXPECT_EQ(batch(0).jobs[2].body, "third");
  EXPECT_EQ(*batch(0).jobs[2].name, "ben");
  finish(0);
  finish(1);
  EXPECT_EQ(scheduler().bytes(), 0U);
}

// lost(): the running one fails, the rest is queued again, the worker is forgotten.

TEST_F(SchedulerTest, ADeadWorkersRunningRequestFails) {
  const LaneId lane = join("ana");
  start_workers(2);
  scheduler().push(lane, 7, {}, "oi", now);
  dispatch();
  const auto results = scheduler().lost(1, 1);
  ASSERT_EQ(names_of(results), "ana7");
  EXPECT_TRUE(results[0]->failed);
  const auto error = std::get<wire::Error>(wire::decode_server_message(results[0]->reply));
  EXPECT_EQ(error.code, wire::ErrorCode::handler_failed);
  EXPECT_EQ(error.id, 7U);
}

TEST_F(SchedulerTest, ADeadWorkersFinishedRequestsAreToldAndTheRestRunsElsewhere) {
  join_all({"ana", "ben", "cai"});
  start_workers(2);
  for (const std::string who : {"ana", "ben", "cai"}) push(who, 1);
  dispatch();
  EXPECT_EQ(lose(1, 2), "ana1 ben1");
  EXPECT_EQ(dispatch(), "worker 0: cai1");
  EXPECT_EQ(finish(0), "cai1");
  EXPECT_TRUE(scheduler().at_rest());
}

TEST_F(SchedulerTest, ADeadWorkerThatHadNotBegunFailsNothing) {
  join("ana");
  start_workers(2);
  push_range("ana", 1, 2);
  dispatch();
  EXPECT_EQ(lose(1, 0), "");
  EXPECT_EQ(dispatch(), "worker 0: ana1 ana2");
}

TEST_F(SchedulerTest, AWorkerMayDieAfterItsWorkWasTakenBack) {
  join_all({"ana", "slow", "cai"});
  start_workers(2);
  for (const std::string who : {"ana", "slow", "cai"}) push(who, 1);
  dispatch();
  EXPECT_EQ(take_back(1, 2), "ana1");
  EXPECT_EQ(lose(1, 2), "slow1");
  EXPECT_EQ(dispatch(), "worker 0: cai1");
}

TEST_F(SchedulerTest, ALostWorkerGetsNothingUntilItIsAddedAgain) {
  join("ana");
  start_workers(2);
  lose(1, 0);
  lose(0, 0);
  push("ana", 1);
  EXPECT_EQ(scheduler().idle_workers(), 0U);
  EXPECT_EQ(dispatch(), "nothing");
  scheduler().add_worker(1);
  EXPECT_EQ(dispatch(), "worker 1: ana1");
}

TEST_F(SchedulerTest, TheRestOfALostClientsRequestsKeepsItsOrder) {
  join("ana");
  start_workers(2);
  push_range("ana", 1, 4);
  dispatch();
  push("ana", 5);
  EXPECT_EQ(lose(1, 2), "ana1 ana2");
  EXPECT_EQ(dispatch(), "worker 0: ana3 ana4 ana5");
}

}  // namespace
}  // namespace rollcall::core
