// What the server sends, and plain mode: PROTOCOL.md sections 5 and 6, clause by clause.
#include <gtest/gtest.h>

#include <string>

#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using namespace std::chrono_literals;

class AnswersTest : public CoreTest {};

// Section 5.

// "The count includes the client itself."
TEST_F(AnswersTest, S5_TheWelcomesCountIncludesTheClient) {
  connect("ana");
  connect("ben");
  hello("ana");
  hello("ben");
  expect_heard("ana", {"WELCOME count=1 version=1"});
  expect_heard("ben", {"WELCOME count=2 version=2"});
}

// "the count and version at the moment when the request was handed to a worker"
TEST_F(AnswersTest, S5_TheReplysCountIsThatOfTheMomentItWasHandedOut) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  join("ben");
  turn();
  join("cai");
  finish(0);
  expect_heard("ana", {"REPLY 1 count=2 version=2: re: oi"});
}

TEST_F(AnswersTest, S5_WorkThatWasTakenBackIsStampedAgain) {
  start_workers(2);
  join("slow");
  join("ana");
  send("slow", "oi");
  send("ana", "oi");
  turn();
  begin_jobs(1, 1);
  advance(reclaim_after);
  join("ben");
  tell_reclaimed(1);
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=3 version=3: re: oi"});
  finish(1);
  expect_heard("slow", {"REPLY 1 count=2 version=2: re: oi"});
}

TEST_F(AnswersTest, S5_TheHandlerSeesTheCountThatTheReplyCarries) {
  start_workers(1);
  join("ana");
  join("ben");
  handler = [](const Job& job) { return "Conexões ativas: " + std::to_string(job.count); };
  send("ana", "oi");
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=2 version=2: Conexões ativas: 2"});
}

// "ERROR with an id ends that request."
TEST_F(AnswersTest, S5_AnErrorWithAnIdEndsThatRequest) {
  limits.window = 1;
  start_workers(1);
  join("ana");
  send("ana", "oi");
  turn();
  begin_jobs(0, 1);
  die(0);
  expect_heard("ana", {"ERROR 17 HANDLER_FAILED id=1"});
  start_workers(1);
  turn();
  EXPECT_EQ(batch_of(0), nullptr) << "it is not run again";
  send("ana", "the window is free again");
  run_worker(0);
  expect_heard("ana", {"REPLY 2 count=1 version=1: re: the window is free again"});
}

// "With id 0 it answers a message that was not a request, or one that could not be read."
TEST_F(AnswersTest, S5_AnErrorWithIdZeroAnswersWhatWasNoRequest) {
  join("ana");
  raw("ana", "\x01\x7f");
  raw("ana", "\x01\x02short");
  raw("ana", "");
  expect_heard("ana", {"ERROR 3 UNKNOWN_TYPE id=0", "ERROR 1 MALFORMED id=0", "ERROR 1 MALFORMED id=0"});
}

// "A server MAY repeat the WELCOME at any time": this one does so only when asked.
TEST_F(AnswersTest, S5_NothingIsSentUnasked) {
  join("ana");
  join("ben");
  disconnect("ben");
  advance(24h);
  expect_heard("ana", {});
}

// Section 6, plain mode.

// "It begins a session like HELLO does, counts like any other client"
TEST_F(AnswersTest, S6_APlainRequestBeginsASession) {
  start_workers(1);
  connect("ana");
  plain("ana", "oi");
  expect_present("ana");
  expect_count(1);
  join("ben");
  expect_count(2);
}

// "and is answered, in order, with the handler's answer as text"
TEST_F(AnswersTest, S6_AnsweredInOrderWithTheHandlersAnswerAsText) {
  start_workers(1);
  connect("ana");
  plain("ana", "um");
  plain("ana", "dois");
  run_worker(0);
  expect_heard("ana", {"TEXT re: um", "TEXT re: dois"});
}

// "plain-part = %x20-FF *OCTET ; the whole part is UTF-8"
TEST_F(AnswersTest, S6_APlainPartMayBeginWithAnyTextFrom0x20) {
  start_workers(1);
  connect("ana");
  plain("ana", " ");
  plain("ana", "ção");
  plain("ana", "\x7F\n");
  run_worker(0);
  expect_heard("ana", {"TEXT re:  ", "TEXT re: ção", "TEXT re: \x7F\n"});
}

// "An error is answered as text too": "ERROR " 1*DIGIT " " 1*(ALPHA / "_") ": " *OCTET
TEST_F(AnswersTest, S6_AnErrorIsText) {
  limits.window = 1;
  connect("ana");
  plain("ana", "um");
  plain("ana", "dois");
  EXPECT_TRUE(last["ana"].starts_with("ERROR 13 BUSY: ")) << last["ana"];
}

TEST_F(AnswersTest, S6_AHandlersFailureIsText) {
  start_workers(1);
  connect("ana");
  plain("ana", "oi");
  turn();
  begin_jobs(0, 1);
  die(0);
  expect_heard("ana", {"TEXT ERROR 17 HANDLER_FAILED"});
}

// "Text that is not UTF-8 is error 6, as a plain error."
TEST_F(AnswersTest, S6_TextThatIsNotUtf8IsError6AsAPlainError) {
  connect("ana");
  raw("ana", "caf\xE9");
  EXPECT_TRUE(last["ana"].starts_with("ERROR 6 INVALID_TEXT: ")) << last["ana"];
  expect_absent("ana");
}

// "A plain client ends its session by closing its connection."
TEST_F(AnswersTest, S6_APlainClientEndsItsSessionByClosing) {
  connect("ana");
  plain("ana", "oi");
  disconnect("ana");
  expect_count(0);
}

// "Errors are not queued: one that answers a request which was not accepted comes at once, ahead of the answers to
// earlier requests."
TEST_F(AnswersTest, S6_AnErrorComesAheadOfTheAnswersToEarlierRequests) {
  limits.window = 2;
  start_workers(1);
  connect("ana");
  for (const char* text : {"um", "dois", "três"}) plain("ana", text);
  run_worker(0);
  expect_heard("ana", {"TEXT ERROR 13 BUSY", "TEXT re: um", "TEXT re: dois"});
}

// "A session may use both modes: each message is answered in the mode that it came in"
TEST_F(AnswersTest, S6_EachMessageIsAnsweredInItsMode) {
  limits.window = 3;
  start_workers(1);
  join("ana");
  send("ana", "full");
  plain("ana", "plain");
  send("ana", "full again");
  plain("ana", "one too many");
  send("ana", "and another");
  run_worker(0);
  expect_heard("ana", {"TEXT ERROR 13 BUSY", "ERROR 13 BUSY id=3", "REPLY 1 count=1 version=1: re: full",
                       "TEXT re: plain", "REPLY 2 count=1 version=1: re: full again"});
}

TEST_F(AnswersTest, S6_TheModesShareOneSessionAndOneWindow) {
  limits.window = 1;
  connect("ana");
  plain("ana", "oi");
  hello("ana");
  send("ana", "oi");
  expect_heard("ana", {"WELCOME count=1 version=1", "ERROR 13 BUSY id=1"});
  expect_count(1);
}

TEST_F(AnswersTest, S6_PlainRequestsUseUpNoIds) {
  start_workers(1);
  join("ana");
  plain("ana", "oi");
  request("ana", 1);
  run_worker(0);
  expect_heard("ana", {"TEXT re: oi", "REPLY 1 count=1 version=1: re: oi"});
}

// "REQUEST needs a HELLO first."
TEST_F(AnswersTest, S6_RequestNeedsAHelloFirst) {
  start_workers(1);
  connect("ana");
  plain("ana", "oi");
  request("ana", 1);
  expect_heard("ana", {"ERROR 11 HELLO_REQUIRED id=1"});
  hello("ana");
  request("ana", 2);
  run_worker(0);
  expect_heard("ana", {"WELCOME count=1 version=1", "TEXT re: oi", "REPLY 2 count=1 version=1: re: oi"});
}

TEST_F(AnswersTest, S6_APlainSessionMaySayBye) {
  connect("ana");
  plain("ana", "oi");
  bye("ana");
  expect_heard("ana", {"CLOSING 1 grace=0"});
  expect_absent("ana");
}

}  // namespace
}  // namespace rollcall::core
