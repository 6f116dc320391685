// The end of a server: it finishes what it accepted within the grace time, and accepts nothing new. PROTOCOL.md section
// 5, CLOSING, and section 7, error 16.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using namespace std::chrono_literals;

class DrainTest : public CoreTest {};

TEST_F(DrainTest, ItIsAnnouncedToEverybodyWhoSaidHello) {
  join("ana");
  connect("plain");
  plain("plain", "oi");
  connect("silent");
  drain(500ms);
  expect_heard("ana", {"CLOSING 2 grace=500"});
  expect_heard("plain", {});
  expect_heard("silent", {});
}

TEST_F(DrainTest, TheAnnouncementHasTheDelimiterOfTheLastMessage) {
  connect("req");
  client("req").delimited = true;
  hello("req");
  drain(1s);
  expect_heard("req", {"[] WELCOME count=1 version=1", "[] CLOSING 2 grace=1000"});
}

TEST_F(DrainTest, WithNothingToFinishItEndsWithTheTurn) {
  join("ana");
  drain(5s);
  EXPECT_FALSE(drained);
  turn();
  EXPECT_TRUE(drained);
  EXPECT_TRUE(server().drained());
}

// "requests accepted before it are still answered within the grace time"
TEST_F(DrainTest, S5_AcceptedRequestsAreStillAnswered) {
  start_workers(1);
  join("ana");
  for (int i = 0; i < 30; ++i) send("ana", "oi");  // more than one batch
  drain(5s);
  client("ana").heard.clear();
  run_worker(0);
  EXPECT_FALSE(drained);
  run_worker(0);
  EXPECT_FALSE(drained);
  EXPECT_EQ(client("ana").heard.size(), 30U);
  turn();
  EXPECT_TRUE(drained);
}

// "new ones get error 16"
TEST_F(DrainTest, S5_NewRequestsGetError16) {
  start_workers(1);
  join("ana");
  send("ana", "before");
  drain(5s);
  send("ana", "after");
  plain("ana", "after");
  expect_heard("ana", {"CLOSING 2 grace=5000", "ERROR 16 DRAINING id=2", "TEXT ERROR 16 DRAINING"});
  expect_refused(Refusal::draining, 2);
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: before"});
}

TEST_F(DrainTest, S7_16_NobodyJoinsAnyMore) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  connect("ben");
  drain(5s);
  hello("ben");
  plain("ben", "oi");
  expect_heard("ben", {"ERROR 16 DRAINING id=0", "TEXT ERROR 16 DRAINING"});
  expect_absent("ben");
  expect_count(1);
}

// HELLO too, but whoever is welcomed into a drain is told of it.
TEST_F(DrainTest, OtherMessagesAreAnsweredAsEver) {
  join("ana");
  send("ana", "queued, for want of a worker");
  drain(5s);
  client("ana").heard.clear();
  hello("ana");
  message("ana", wire::RosterQuery{});
  bye("ana");
  expect_heard("ana", {"WELCOME count=1 version=1", "CLOSING 2 grace=5000", "ROSTER count=1 version=1 next=0: 1 ana",
                       "CLOSING 1 grace=0"});
  turn();
  EXPECT_TRUE(drained) << "nobody is left to wait for";
}

TEST_F(DrainTest, ItDoesNotWaitForTheWorkOfThoseWhoLeft) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  turn();
  drain(5s);
  disconnect("ana");
  turn();
  EXPECT_TRUE(drained);
}

// The end of the grace time.

TEST_F(DrainTest, TheGraceTimeIsADeadline) {
  join("ana");
  send("ana", "oi");
  drain(5s);
  EXPECT_EQ(server().next_deadline(), now + 5s);
  advance(5s - 1ns);
  EXPECT_FALSE(drained);
  advance(1ns);
  EXPECT_TRUE(drained);
  EXPECT_EQ(server().next_deadline(), std::nullopt);
}

TEST_F(DrainTest, WithoutGraceItEndsAtOnce) {
  join("ana");
  send("ana", "oi");
  drain(0s);
  turn();
  expect_heard("ana", {"CLOSING 2 grace=0", "ERROR 16 DRAINING id=1"});
  EXPECT_TRUE(drained);
}

// Every request ends once: what was not answered in time gets error 16, which says whether it had been begun.
TEST_F(DrainTest, EveryUnansweredRequestGetsError16InOrder) {
  start_workers(1);
  join("ana");
  send("ana", "with the worker");
  turn();
  send("ana", "queued");
  plain("ana", "queued too");
  drain(1s);
  client("ana").heard.clear();
  advance(1s);
  expect_heard("ana", {"ERROR 16 DRAINING id=1", "ERROR 16 DRAINING id=2", "TEXT ERROR 16 DRAINING"});
  EXPECT_EQ(errors_sent(wire::ErrorCode::draining), 3U);
}

TEST_F(DrainTest, TheErrorSaysWhetherTheOutcomeIsUnknown) {
  start_workers(1);
  join("ana");
  join("ben");
  send("ana", "with the worker");
  turn();
  send("ben", "queued");
  drain(0s);
  turn();
  EXPECT_NE(last["ana"].find("unknown"), std::string::npos) << last["ana"];
  EXPECT_NE(last["ben"].find("before the request was run"), std::string::npos) << last["ben"];
}

TEST_F(DrainTest, TheErrorHasTheDelimiterOfItsRequest) {
  join("req");
  client("req").delimited = true;
  send("req", "oi");
  drain(0s);
  turn();
  expect_heard("req", {"[] CLOSING 2 grace=0", "[] ERROR 16 DRAINING id=1"});
}

TEST_F(DrainTest, AnAnsweredRequestGetsNoError) {
  start_workers(2);
  join("ana");
  join("slow");
  send("ana", "oi");
  send("slow", "oi");
  turn();
  begin_jobs(1, 2);
  drain(1s);
  advance(reclaim_after);
  tell_reclaimed(1);
  advance(1s);
  expect_heard("ana", {"CLOSING 2 grace=1000", "REPLY 1 count=2 version=2: re: oi"});
  expect_heard("slow", {"CLOSING 2 grace=1000", "ERROR 16 DRAINING id=1"});
}

// What follows.

TEST_F(DrainTest, EverybodyLeaves) {
  join("ana");
  join("ben");
  told.clear();
  drain(1s);
  turn();
  expect_count(0);
  expect_version(4);
  EXPECT_EQ(left_because(wire::LeaveReason::drained), 2U);
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0], "draining count=2 total=0");
  told.erase(told.begin());
  std::sort(told.begin(), told.end());
  EXPECT_TRUE(told[0].starts_with("left ana drained")) << told[0];
  EXPECT_TRUE(told[1].starts_with("left ben drained")) << told[1];
}

TEST_F(DrainTest, WhatTheLogLeftOutIsToldBeforeTheEnd) {
  connect("ana");
  for (int i = 0; i < 4; ++i) raw("ana", "\x02");
  told.clear();
  drain(1s);
  turn();
  expect_told({"draining count=0 total=0", "suppressed refused bad_message 3"});
  EXPECT_TRUE(drained);
}

TEST_F(DrainTest, NothingFollows) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  turn();
  drain(0s);
  turn();
  ASSERT_TRUE(drained);
  client("ana").heard.clear();
  told.clear();
  finish(0);
  hello("ana");
  disconnect("ana");
  connect("ben");
  hello("ben");
  drain(1s);
  advance(1h);
  expect_heard("ana", {});
  expect_heard("ben", {});
  expect_told({});
}

TEST_F(DrainTest, ASecondDrainChangesNothing) {
  join("ana");
  send("ana", "oi");
  drain(1s);
  drain(10s);
  expect_heard("ana", {"CLOSING 2 grace=1000"});
  advance(1s);
  EXPECT_TRUE(drained);
}

}  // namespace
}  // namespace rollcall::core
