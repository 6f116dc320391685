// Handlers that take longer than handler_time_max: what their clients, the shell, people and a recording are told.
#include <gtest/gtest.h>

#include <string>

#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

class HungWorkersTest : public test::CoreTest {
 protected:
  HungWorkersTest() { limits.handler_time_max = 200ms; }

  /// `who` asks, and the worker that gets it does not answer in time.
  void hang(std::string_view who) {
    send(who, "oi");
    turn();
    advance(200ms);
  }
};

TEST_F(HungWorkersTest, TheClientGetsAnErrorInTimeAndTheWorkerIsReplaced) {
  start_workers(1);
  join("ana");
  told.clear();
  send("ana", "oi");
  turn();
  EXPECT_EQ(server().next_deadline(), now + 200ms);
  advance(200ms - 1ns);
  expect_heard("ana", {});
  advance(1ns);
  expect_heard("ana", {"ERROR 18 HANDLER_TIMEOUT id=1"});
  EXPECT_EQ(replaces, (std::vector<std::uint32_t>{0}));
  expect_told({"message ana: oi", "hung total=1"});
  EXPECT_EQ(errors_sent(wire::ErrorCode::handler_timeout), 1U);
  EXPECT_EQ(errors_sent(wire::ErrorCode::handler_failed), 0U);
  EXPECT_EQ(server().counters().replies, 1U);
  step(WorkerReady{1});
  send("ana", "and now?");
  run_worker(1);
  expect_heard("ana", {"REPLY 2 count=1 version=1: re: and now?"});
  finish(0);
  expect_heard("ana", {});
  EXPECT_EQ(replaces.size(), 1U);
}

TEST_F(HungWorkersTest, APlainClientGetsItAsText) {
  start_workers(1);
  connect("ana");
  plain("ana", "oi");
  turn();
  advance(200ms);
  expect_heard("ana", {"TEXT ERROR 18 HANDLER_TIMEOUT"});
}

TEST_F(HungWorkersTest, WhatWaitedBehindItInItsBatchHasBeenTakenBackBefore) {
  start_workers(2);
  for (const char* who : {"slow", "ben"}) join(who);
  for (const char* who : {"slow", "ben"}) send(who, "oi");
  turn();
  begin_jobs(1, 1);
  advance(reclaim_after);
  tell_reclaimed(1);
  run_worker(0);
  expect_heard("ben", {"REPLY 1 count=2 version=2: re: oi"});
  EXPECT_EQ(server().next_deadline(), now + 200ms);
  advance(200ms);
  expect_heard("slow", {"ERROR 18 HANDLER_TIMEOUT id=1"});
  EXPECT_EQ(replaces, (std::vector<std::uint32_t>{1}));
}

TEST_F(HungWorkersTest, SeveralInOneTurnAreToldOnce) {
  start_workers(2);
  join("ana");
  join("ben");
  told.clear();
  send("ana", "oi");
  turn();
  send("ben", "oi");
  turn();
  told.clear();
  advance(200ms);
  expect_told({"hung total=2"});
  EXPECT_EQ(replaces, (std::vector<std::uint32_t>{0, 1}));
}

TEST_F(HungWorkersTest, NobodyIsFloodedWithThem) {
  limits.handler_time_max = 10ms;
  start_workers(1);
  join("ana");
  told.clear();
  for (std::uint32_t number = 1; number <= 3; ++number) {
    send("ana", "oi");
    turn();
    advance(10ms);
    step(WorkerReady{number});
  }
  advance(1s);
  expect_told({"message ana: oi", "hung total=1", "message ana: oi", "message ana: oi", "suppressed hung 2"});
}

TEST_F(HungWorkersTest, BeyondTheLimitItIsSaidThatNobodyIsInTheirPlace) {
  start_workers(1);
  join("ana");
  for (std::uint32_t number = 1; number <= hung_workers_max; ++number) {
    hang("ana");
    step(WorkerReady{number});
  }
  EXPECT_EQ(replaces.size(), hung_workers_max);
  advance(2s);
  client("ana").heard.clear();
  told.clear();
  hang("ana");
  expect_heard("ana", {"ERROR 18 HANDLER_TIMEOUT id=65"});
  EXPECT_EQ(replaces.size(), hung_workers_max);
  expect_told({"message ana: oi", "hung total=65 missing=1"});
  send("ana", "oi");
  advance(1h);
  expect_heard("ana", {});
  finish(7);
  turn();
  ASSERT_EQ(replaces.size(), hung_workers_max + 1);
  EXPECT_EQ(replaces.back(), hung_workers_max);
  step(WorkerReady{7});
  run_worker(7);
  expect_heard("ana", {"REPLY 66 count=1 version=1: re: oi"});
}

TEST_F(HungWorkersTest, WhoeverLeftLeavesAHungWorkerBehind) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  turn();
  bye("ana");
  sent_to.clear();
  advance(200ms);
  EXPECT_TRUE(sent_to.empty());
  EXPECT_EQ(replaces, (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(told.back(), "hung total=1");
}

TEST_F(HungWorkersTest, AHungRequestDoesNotHoldUpADrain) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  turn();
  drain(5s);
  turn();
  EXPECT_FALSE(drained);
  client("ana").heard.clear();
  advance(200ms);
  EXPECT_TRUE(drained);
  expect_heard("ana", {"ERROR 18 HANDLER_TIMEOUT id=1"});
}

TEST_F(HungWorkersTest, ARecordingHasItAsAnAnswerThatFailed) {
  records = true;
  start_workers(1);
  join("ana");
  recorded.clear();
  hang("ana");
  finish(0);
  EXPECT_EQ(recorded, (Lines{"request 1 count=1: oi", "settled 1", "failed 1 HANDLER_TIMEOUT"}));
}

TEST_F(HungWorkersTest, WhoComesBackToTheirSessionGetsTheError) {
  start_workers(1);
  connect("ana");
  hello("ana");
  const auto token = std::get<wire::Welcome>(wire::decode_server_message(last.at("ana"))).token;
  send("ana", "oi");
  turn();
  disconnect("ana");
  advance(200ms);
  EXPECT_EQ(errors_sent(wire::ErrorCode::handler_timeout), 0U) << "to nobody";
  EXPECT_EQ(replaces.size(), 1U);
  connect("ana");
  message("ana", wire::Hello{"ana", token, {}});
  request("ana", 1, "oi");
  expect_heard("ana", {"RESUMED WELCOME count=1 version=3", "ERROR 18 HANDLER_TIMEOUT id=1"});
}

}  // namespace
}  // namespace rollcall::core
