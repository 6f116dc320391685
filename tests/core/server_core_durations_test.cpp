// What the core measures: handlers, replies, and the silence of clients that were lost.
#include <gtest/gtest.h>

#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

class ServerCoreDurations : public test::CoreTest {
 protected:
  const Durations& reply_time() { return server().counters().reply_time; }
  const Durations& handler_time_told() { return server().counters().handler_time; }
  const Durations& silence() { return server().counters().silence; }
  void lose(std::string_view who, bool timed_out, std::optional<std::chrono::nanoseconds> silent) {
    step(Closed{client(who).fd, timed_out, silent});
  }
};

TEST_F(ServerCoreDurations, AReplyTakesFromAcceptanceUntilItIsHandedOver) {
  start_workers(1);
  join("ana");
  send("ana", "one");
  now += 3s;  // it waits, and nobody looks
  send("ana", "another");
  turn();
  now += 2s;
  finish(0);
  EXPECT_EQ(reply_time().count(), 2U);
  EXPECT_EQ(reply_time().sum(), 5s + 2s);
}

TEST_F(ServerCoreDurations, NothingIsMeasuredOfWhatNobodyHears) {
  start_workers(1);
  join("ana");
  send("ana", "one");
  turn();
  bye("ana");
  finish(0);
  EXPECT_EQ(reply_time().count(), 0U);
  EXPECT_EQ(handler_time_told().count(), 1U);
}

TEST_F(ServerCoreDurations, WhatWasTakenBackKeepsItsTime) {
  start_workers(1);
  handler_time = 100ns;
  join("ana");
  for (int i = 0; i < 4; ++i) send("ana", "quick");  // so that batches may be larger than one
  run_worker(0);
  const std::uint64_t before = reply_time().count();
  const auto sum = reply_time().sum();
  for (int i = 0; i < 2; ++i) send("ana", "slow");
  turn();
  ASSERT_EQ(batch_of(0)->size, 2U);
  begin_jobs(0, 1);
  advance(reclaim_after);
  ASSERT_EQ(reclaims.size(), 1U);
  tell_reclaimed(0);
  now += 1s;
  finish(0);
  run_worker(0);
  EXPECT_EQ(reply_time().count() - before, 2U);
  EXPECT_EQ(reply_time().sum() - sum, 2 * (1s + reclaim_after));
}

TEST_F(ServerCoreDurations, ErrorsThatEndAcceptedRequestsCountAndOthersDoNot) {
  limits.handler_time_max = 1s;
  limits.window = 1;
  start_workers(1);
  join("ana");
  send("ana", "too long");
  send("ana", "beyond the window");
  turn();
  EXPECT_EQ(reply_time().count(), 0U);
  advance(1s);
  EXPECT_EQ(reply_time().count(), 1U);
  EXPECT_EQ(reply_time().sum(), 1s);
  send("ana", "left over by the drain");
  drain(500ms);
  advance(500ms);
  EXPECT_EQ(reply_time().count(), 2U);
  EXPECT_EQ(reply_time().sum(), 1s + 500ms);
  EXPECT_EQ(server().counters().replies, 2U);
  EXPECT_EQ(server().counters().window_refused, 1U);
}

TEST_F(ServerCoreDurations, AHandlersTimeIsTheMeanOfItsBatch) {
  start_workers(1);
  join("ana");
  handler_time = 100ns;
  for (int i = 0; i < 4; ++i) send("ana", "quick");
  run_worker(0);
  const std::uint64_t first = handler_time_told().count();
  EXPECT_EQ(handler_time_told().sum(), 100ns * first);
  handler_time = 3ms;
  for (int i = 0; i < 2; ++i) send("ana", "slow");
  run_worker(0);
  EXPECT_EQ(handler_time_told().count(), first + 2);
  EXPECT_EQ(handler_time_told().sum(), 100ns * first + 6ms);
}

TEST_F(ServerCoreDurations, WhoTimedOutIsToldFromWhoWasCutOff) {
  join("ana");
  join("ben");
  join("cai");
  told.clear();
  lose("ana", true, 5s);
  lose("ben", false, 1s);
  lose("cai", false, std::nullopt);
  expect_told({"left ana timed_out count=2 version=4", "left ben disconnected count=1 version=5",
               "left cai disconnected count=0 version=6"});
  EXPECT_EQ(left_because(wire::LeaveReason::timed_out), 1U);
  EXPECT_EQ(left_because(wire::LeaveReason::disconnected), 2U);
  EXPECT_EQ(silence().count(), 2U);
  EXPECT_EQ(silence().sum(), 6s);
}

TEST_F(ServerCoreDurations, SoIsWhoIsFoundGoneByAnAnswer) {
  join("ana");
  join("ben");
  told.clear();
  const Closed end{client("ana").fd, true, 5s};
  undeliverable("ana", false, end);
  undeliverable("ben");
  step(end);
  disconnect("ben");
  expect_told({"left ana timed_out count=1 version=3", "left ben disconnected count=0 version=4"});
  EXPECT_EQ(silence().count(), 1U);
  EXPECT_EQ(silence().sum(), 5s);
}

TEST_F(ServerCoreDurations, WhoseSessionWasOverIsNotLost) {
  join("ana");
  bye("ana");
  lose("ana", true, 5s);
  connect("scanner");
  lose("scanner", true, 5s);
  EXPECT_EQ(left_because(wire::LeaveReason::timed_out), 0U);
  EXPECT_EQ(silence().count(), 0U);
}

TEST_F(ServerCoreDurations, WhoTimedOutMayComeBack) {
  connect("ana");
  hello("ana");
  const auto welcome = std::get<wire::Welcome>(wire::decode_server_message(last["ana"]));
  lose("ana", true, 5s);
  connect("ana again");
  message("ana again", wire::Hello{"ana", welcome.token, {}});
  expect_heard("ana again", {"RESUMED WELCOME count=1 version=3"});
}

TEST_F(ServerCoreDurations, LinesThatAreLeftOutAreCounted) {
  join("ana");
  for (std::uint32_t i = 0; i < message_notices_per_second + 5; ++i) send("ana", "oi");
  EXPECT_EQ(server().counters().suppressed, 5U);
}

}  // namespace
}  // namespace rollcall::core
