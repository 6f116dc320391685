// Clients that lost their connection and come back to their session: PROTOCOL.md section 4.5.
#include <gtest/gtest.h>

#include "support/core_fixture.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

class ResumeTest : public test::CoreTest {
 protected:
  wire::Token token_of(const std::string& who) {
    return std::get<wire::Welcome>(wire::decode_server_message(last.at(who))).token;
  }
  /// `who` says HELLO on a new connection, with this token.
  void come_back(const std::string& who, const wire::Token& token) {
    connect(who);
    client(who).last_id = 2;  // the next one that send() takes
    message(who, wire::Hello{who, token, {}});
  }
  /// ana, who was welcomed, and her token.
  wire::Token join_ana() {
    start_workers(1);
    join("ana");
    return token_of("ana");
  }
};

TEST_F(ResumeTest, ASessionGoesOnUnderItsToken) {
  const wire::Token token = join_ana();
  disconnect("ana");
  expect_count(0);
  come_back("ana", token);
  EXPECT_EQ(token_of("ana"), token);
  expect_heard("ana", {"RESUMED WELCOME count=1 version=3"});
  expect_count(1);
  EXPECT_EQ(server().counters().resumes, 1U);
}

TEST_F(ResumeTest, AnAnswerThatWasLostIsGivenAgainAndNotRunAgain) {
  int runs = 0;
  handler = [&runs](const core::Job& job) { return "run " + std::to_string(++runs) + ": " + job.body; };
  const wire::Token token = join_ana();
  send("ana", "a");
  send("ana", "b");
  run_worker(0);
  disconnect("ana");
  come_back("ana", token);
  client("ana").heard.clear();
  request("ana", 1, "a");
  request("ana", 2, "b");
  turn();
  expect_heard("ana", {"REPLY 1 count=1 version=1: run 1: a", "REPLY 2 count=1 version=1: run 2: b"});
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(server().counters().repeated, 2U);
}

TEST_F(ResumeTest, WhatIsRunningIsAnsweredOnTheNewConnectionOnce) {
  const wire::Token token = join_ana();
  send("ana", "a");
  turn();
  disconnect("ana");
  come_back("ana", token);
  client("ana").heard.clear();
  request("ana", 1, "a");
  turn();
  expect_heard("ana", {});
  finish(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: a"});
  request("ana", 1, "a");  // crossed its answer on the way
  turn();
  expect_heard("ana", {});
}

TEST_F(ResumeTest, WhatEndsWhileTheClientIsAwayIsKeptForIt) {
  const wire::Token token = join_ana();
  send("ana", "a");
  turn();
  disconnect("ana");
  finish(0);
  come_back("ana", token);
  client("ana").heard.clear();
  request("ana", 1, "a");
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: a"});
}

TEST_F(ResumeTest, WhatWasQueuedIsDroppedAndRunWhenItIsSentAgain) {
  const wire::Token token = join_ana();
  send("ana", "a");
  turn();
  send("ana", "b");
  disconnect("ana");
  EXPECT_EQ(server().counters().dropped, 1U);
  finish(0);
  turn();
  EXPECT_EQ(batch_of(0), nullptr);
  come_back("ana", token);
  client("ana").heard.clear();
  request("ana", 1, "a");
  request("ana", 2, "b");
  send("ana", "c");
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: a", "REPLY 2 count=1 version=3: re: b",
                       "REPLY 3 count=1 version=3: re: c"});
}

TEST_F(ResumeTest, WhatIsTakenBackWhileTheClientIsAwayWaitsForIt) {
  const wire::Token token = join_ana();
  send("ana", "a");
  send("ana", "b");
  turn();
  begin_jobs(0, 1);
  disconnect("ana");
  advance(5ms);
  ASSERT_EQ(reclaims.size(), 1U);
  tell_reclaimed(0);
  finish(0);
  turn();
  EXPECT_EQ(batch_of(0), nullptr);  // nothing runs for who is away
  come_back("ana", token);
  client("ana").heard.clear();
  request("ana", 1, "a");
  request("ana", 2, "b");
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: a", "REPLY 2 count=1 version=3: re: b"});
}

TEST_F(ResumeTest, WhatIsNoLongerKeptIsError22) {
  limits.window = 2;
  const wire::Token token = join_ana();
  for (int i = 0; i < 4; ++i) {
    send("ana", "x");
    run_worker(0);
  }
  disconnect("ana");
  come_back("ana", token);
  client("ana").heard.clear();
  request("ana", 2, "x");
  request("ana", 3, "x");
  expect_heard("ana", {"ERROR 22 REPLY_LOST id=2", "REPLY 3 count=1 version=1: re: x"});
}

TEST_F(ResumeTest, ARefusedRequestThatIsSentAgainIsError22) {
  limits.window = 1;
  const wire::Token token = join_ana();
  send("ana", "a");
  turn();
  send("ana", "b");  // BUSY
  disconnect("ana");
  finish(0);
  come_back("ana", token);
  client("ana").heard.clear();
  request("ana", 1, "a");
  request("ana", 2, "b");
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: a", "ERROR 22 REPLY_LOST id=2"});
}

TEST_F(ResumeTest, OtherIdsOfASecondSessionAreRefusedAsEver) {
  const wire::Token token = join_ana();
  send("ana", "a");
  run_worker(0);
  disconnect("ana");
  come_back("ana", token);
  request("ana", 2, "b");
  client("ana").heard.clear();
  request("ana", 2, "b");
  request("ana", 0, "b");
  expect_heard("ana", {"ERROR 12 BAD_REQUEST_ID id=2", "ERROR 12 BAD_REQUEST_ID id=0"});
}

TEST_F(ResumeTest, AHalfOpenConnectionLosesItsSession) {
  const wire::Token token = join_ana();
  send("ana", "a");
  turn();
  come_back("ana's other", token);
  expect_heard("ana's other", {"RESUMED WELCOME count=1 version=3"});
  EXPECT_EQ(left_because(wire::LeaveReason::disconnected), 1U);
  client("ana").heard.clear();
  EXPECT_EQ(cuts, std::vector<int>{client("ana").fd});
  request("ana", 2, "late");
  EXPECT_EQ(server().scheduler().unanswered(), 1U);
  finish(0);
  expect_heard("ana", {});
  expect_heard("ana's other", {"REPLY 1 count=1 version=1: re: a"});
}

TEST_F(ResumeTest, AHalfOpenConnectionTakesNoSecondPlace) {
  limits.clients_max = 1;
  const wire::Token token = join_ana();
  come_back("ana's other", token);
  expect_heard("ana's other", {"RESUMED WELCOME count=1 version=3"});
}

TEST_F(ResumeTest, AWrongTokenBeginsANewSession) {
  wire::Token wrong = join_ana();
  disconnect("ana");
  wrong[15] ^= 1U;
  come_back("ana", wrong);
  EXPECT_NE(token_of("ana"), wrong);
  expect_heard("ana", {"WELCOME count=1 version=3"});
}

TEST_F(ResumeTest, ATokenOpensNothingWithAnotherKey) {
  start_workers(1);
  connect("ana");
  std::string part;
  wire::encode(wire::Hello{"ana", {}, {}}, part);
  step(core::Received{client("ana").routing_id, client("ana").fd, false, false, part, "ana's key", "ana"});
  const wire::Token token = token_of("ana");
  connect("eve");
  part.clear();
  wire::encode(wire::Hello{"eve", token, {}}, part);
  step(core::Received{client("eve").routing_id, client("eve").fd, false, false, part, "eve's key", "eve"});
  expect_heard("eve", {"WELCOME count=2 version=2"});
  disconnect("ana");
  connect("eve2");
  step(core::Received{client("eve2").routing_id, client("eve2").fd, false, false, part, "eve's key", "eve"});
  EXPECT_NE(token_of("eve2"), token);
}

TEST_F(ResumeTest, TheTimeToComeBackIsBounded) {
  limits.resume_time_max = 10s;
  const wire::Token token = join_ana();
  disconnect("ana");
  EXPECT_EQ(server().next_deadline(), now + 10s);
  advance(10s);
  EXPECT_FALSE(server().next_deadline());
  come_back("ana", token);
  expect_heard("ana", {"WELCOME count=1 version=3"});
}

TEST_F(ResumeTest, WithoutATimeNothingIsResumed) {
  limits.resume_time_max = 0ms;
  const wire::Token token = join_ana();
  disconnect("ana");
  EXPECT_FALSE(server().next_deadline());
  come_back("ana", token);
  expect_heard("ana", {"WELCOME count=1 version=3"});
}

TEST_F(ResumeTest, WhoSaidGoodbyeDoesNotComeBack) {
  const wire::Token token = join_ana();
  bye("ana");
  disconnect("ana");
  come_back("ana", token);
  expect_heard("ana", {"WELCOME count=1 version=3"});
}

TEST_F(ResumeTest, WhoWasEvictedDoesNotComeBack) {
  const wire::Token token = join_ana();
  undeliverable("ana", true);
  disconnect("ana");
  come_back("ana", token);
  expect_heard("ana", {"WELCOME count=1 version=3"});
}

TEST_F(ResumeTest, ASecondHelloOnTheSameConnectionChangesNothing) {
  const wire::Token token = join_ana();
  message("ana", wire::Hello{"ana", token, {}});
  expect_heard("ana", {"WELCOME count=1 version=1"});
}

TEST_F(ResumeTest, NobodyComesBackToADrainingServer) {
  const wire::Token token = join_ana();
  join("ben");
  send("ben", "slow");
  turn();
  disconnect("ana");
  drain(5s);
  come_back("ana", token);
  expect_heard("ana", {"ERROR 16 DRAINING id=0"});
  EXPECT_FALSE(drained);
  finish(0);
  turn();
  EXPECT_TRUE(drained);
}

TEST_F(ResumeTest, ADrainDoesNotWaitForThoseWhoAreAway) {
  join_ana();
  send("ana", "slow");
  turn();
  disconnect("ana");
  drain(5s);
  turn();
  EXPECT_TRUE(drained);
}

}  // namespace
}  // namespace rollcall
