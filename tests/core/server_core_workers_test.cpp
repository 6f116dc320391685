// The server and its workers: when work is handed out, taken back, and what comes of a worker that dies.
#include <gtest/gtest.h>

#include <string>

#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using namespace std::chrono_literals;

class WorkersTest : public CoreTest {
 protected:
  /// A batch of "slow", "ben" and "cai" with the last worker, which has begun `begun` of them.
  void lend_to_the_last(std::uint32_t workers, std::uint32_t begun) {
    start_workers(workers);
    for (const char* who : {"slow", "ben", "cai"}) join(who);
    for (const char* who : {"slow", "ben", "cai"}) send(who, "oi");
    turn();
    begin_jobs(workers - 1, begun);
  }
  void expect_replied(std::string_view who, Where where = Where::current()) {
    expect_heard(who, {"REPLY 1 count=3 version=3: re: oi"}, where);
  }
};

TEST_F(WorkersTest, WorkIsHandedOutWhenATurnEnds) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  EXPECT_EQ(batch_of(0), nullptr);
  turn();
  EXPECT_NE(batch_of(0), nullptr);
}

TEST_F(WorkersTest, RequestsWaitForAWorker) {
  join("ana");
  send("ana", "oi");
  advance(1h);
  start_workers(1);
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: oi"});
}

TEST_F(WorkersTest, EveryIdleWorkerGetsWorkInOneTurn) {
  start_workers(3);
  for (int i = 0; i < 60; ++i) {
    join("c" + std::to_string(i));
    send("c" + std::to_string(i), "oi");
  }
  turn();
  for (std::uint32_t worker = 0; worker < 3; ++worker) EXPECT_NE(batch_of(worker), nullptr) << worker;
}

TEST_F(WorkersTest, ASlowBatchIsTakenBackInTime) {
  lend_to_the_last(2, 1);
  EXPECT_EQ(server().next_deadline(), now + reclaim_after);
  advance(reclaim_after - 1ns);
  EXPECT_TRUE(reclaims.empty());
  advance(1ns);
  EXPECT_EQ(reclaims, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(server().next_deadline(), std::nullopt) << "it is asked once";
}

TEST_F(WorkersTest, WhatWasTakenBackRunsElsewhereOnce) {
  lend_to_the_last(2, 1);
  advance(reclaim_after);
  tell_reclaimed(1);
  run_worker(0);
  expect_replied("ben");
  expect_replied("cai");
  expect_heard("slow", {});
  finish(1);
  expect_replied("slow");
  expect_heard("ben", {});
  EXPECT_EQ(server().counters().replies, 3U);
}

TEST_F(WorkersTest, WhatWasFinishedIsToldWithTheReclaim) {
  lend_to_the_last(1, 2);
  advance(reclaim_after);
  tell_reclaimed(0);
  expect_replied("slow");
  finish(0);
  expect_replied("ben");
  run_worker(0);
  expect_replied("cai");
}

TEST_F(WorkersTest, ADeadWorkersRequestFailsAndTheRestRunsElsewhere) {
  lend_to_the_last(2, 2);
  die(1);
  expect_replied("slow");
  expect_heard("ben", {"ERROR 17 HANDLER_FAILED id=1"});
  run_worker(0);
  expect_replied("cai");
  EXPECT_EQ(errors_sent(wire::ErrorCode::handler_failed), 1U);
  EXPECT_EQ(server().counters().replies, 3U);
}

TEST_F(WorkersTest, AnIdleWorkerMayDie) {
  start_workers(2);
  die(1);
  join("ana");
  send("ana", "oi");
  turn();
  EXPECT_EQ(batch_of(1), nullptr);
  EXPECT_NE(batch_of(0), nullptr);
}

TEST_F(WorkersTest, TheLastWorkerMayDieAndAnotherOneCome) {
  start_workers(1);
  join("ana");
  send("ana", "one");
  send("ana", "two");
  turn();
  die(0);
  turn();
  expect_heard("ana", {});
  start_workers(1);
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: one", "REPLY 2 count=1 version=1: re: two"});
}

// "What is running ends unheard."
TEST_F(WorkersTest, TheAnswerToSomebodyWhoLeftGoesNowhere) {
  lend_to_the_last(1, 1);
  disconnect("ben");
  sent_to.clear();
  finish(0);
  EXPECT_EQ(sent_to, (std::vector<std::uint32_t>{client("slow").routing_id, client("cai").routing_id}));
}

TEST_F(WorkersTest, TheAnswerToSomebodyWhoLeftIsNotTheSuccessors) {
  start_workers(1);
  join("ana");
  send("ana", "ana's");
  turn();
  disconnect("ana");
  connect_in_place_of("ana", "ben");
  hello("ben");
  send("ben", "ben's");
  finish(0);
  run_worker(0);
  expect_heard("ben", {"WELCOME count=1 version=3", "REPLY 1 count=1 version=3: re: ben's"});
}

TEST_F(WorkersTest, AFloodingClientGetsItsShareAndNoMore) {
  start_workers(1);
  join("flood");
  join("ana");
  for (int i = 0; i < 256; ++i) send("flood", "x");
  send("ana", "oi");
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=2 version=2: re: oi"});
}

}  // namespace
}  // namespace rollcall::core
