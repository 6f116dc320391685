// What the server does with what clients send: PROTOCOL.md sections 3 and 4, clause by clause.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "support/core_fixture.hpp"
#include "support/hex.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using test::from_hex;
using namespace std::chrono_literals;

class ProtocolTest : public CoreTest {
 protected:
  wire::Welcome welcome_of(const std::string& who) {
    return std::get<wire::Welcome>(wire::decode_server_message(last[who]));
  }
};

// Section 3, Framing.

// "One empty delimiter part before it is accepted and given back in what answers it"
TEST_F(ProtocolTest, S3_TheDelimiterIsGivenBackInEveryAnswer) {
  start_workers(1);
  connect("req");
  client("req").delimited = true;
  hello("req");
  send("req", "oi");
  run_worker(0);
  request("req", 0);
  bye("req");
  expect_heard("req", {"[] WELCOME count=1 version=1", "[] REPLY 1 count=1 version=1: re: oi",
                       "[] ERROR 12 BAD_REQUEST_ID id=0", "[] CLOSING 1 grace=0"});
}

TEST_F(ProtocolTest, S3_APlainRequestsDelimiterIsGivenBackToo) {
  start_workers(1);
  connect("req");
  client("req").delimited = true;
  plain("req", "oi");
  run_worker(0);
  raw("req", "\xFF");
  expect_heard("req", {"[] TEXT re: oi", "[] TEXT ERROR 6 INVALID_TEXT"});
}

TEST_F(ProtocolTest, S3_WithoutADelimiterNoneIsGivenBack) {
  start_workers(1);
  connect("ana");
  hello("ana");
  send("ana", "oi");
  run_worker(0);
  expect_heard("ana", {"WELCOME count=1 version=1", "REPLY 1 count=1 version=1: re: oi"});
}

TEST_F(ProtocolTest, S3_EachAnswerHasTheDelimiterOfItsOwnRequest) {
  start_workers(1);
  join("ana");
  client("ana").delimited = true;
  send("ana", "one");
  client("ana").delimited = false;
  send("ana", "two");
  run_worker(0);
  expect_heard("ana", {"[] REPLY 1 count=1 version=1: re: one", "REPLY 2 count=1 version=1: re: two"});
}

// "Any other number of parts is error 9."
TEST_F(ProtocolTest, S3_MorePartsAreError9AndBeginNothing) {
  connect("ana");
  raw("ana", from_hex("01 01 00 0003 616e61"), true);
  raw("ana", "oi", true);
  raw("ana", "", true);
  expect_heard("ana", {"ERROR 9 TOO_MANY_PARTS id=0", "TEXT ERROR 9 TOO_MANY_PARTS", "ERROR 9 TOO_MANY_PARTS id=0"});
  expect_absent("ana");
}

// "0x20 and above is plain text (section 6), 0x01 is a message of this version. All other first bytes are error 2."
TEST_F(ProtocolTest, S3_AllOtherFirstBytesAreError2) {
  connect("ana");
  for (int first = 0; first < 0x20; ++first) {
    if (first == 0x01) continue;
    raw("ana", std::string(1, static_cast<char>(first)) + "x");
    expect_heard("ana", {"ERROR 2 UNKNOWN_VERSION id=0"});
  }
  raw("ana", " ");
  expect_heard("ana", {});
  expect_present("ana");
}

// "bytes after a message's last field are error 5"
TEST_F(ProtocolTest, S3_BytesAfterTheLastFieldAreError5) {
  join("ana");
  raw("ana", from_hex("01 03 00"));
  expect_heard("ana", {"ERROR 5 TRAILING_BYTES id=0"});
  expect_present("ana");
}

// Section 4.1, HELLO.

// "Begins a session ... Answered with WELCOME."
TEST_F(ProtocolTest, S4_1_HelloBeginsASession) {
  connect("ana");
  expect_absent("ana");
  hello("ana");
  expect_present("ana");
  expect_heard("ana", {"WELCOME count=1 version=1"});
}

TEST_F(ProtocolTest, S4_1_TheWelcomeSaysTheServersBounds) {
  limits.window = 7;
  limits.message_bytes_max = 5000;
  liveness = 1234ms;
  join("ana");
  EXPECT_EQ(welcome_of("ana").window, 7U);
  EXPECT_EQ(welcome_of("ana").max_message_bytes, 5000U);
  EXPECT_EQ(welcome_of("ana").liveness_ms, 1234U);
}

TEST_F(ProtocolTest, S4_1_EverySessionHasItsOwnToken) {
  join("ana");
  join("ben");
  EXPECT_NE(welcome_of("ana").token, welcome_of("ben").token);
}

// "or names one that a plain request began"
TEST_F(ProtocolTest, S4_1_HelloNamesASessionThatAPlainRequestBegan) {
  start_workers(1);
  connect("ana");
  plain("ana", "oi");
  hello("ana", "Ana");
  expect_heard("ana", {"WELCOME count=1 version=1"});
  plain("ana", "again");
  expect_told({"joined  count=1 version=1", "message : oi", "message Ana: again"});
  handler = [](const Job& job) { return *job.name; };
  run_worker(0);
  expect_heard("ana", {"TEXT Ana", "TEXT Ana"});
}

// "answered with a WELCOME that has the same token and the present count, and changes nothing (the first name stays)"
TEST_F(ProtocolTest, S4_1_ASecondHelloChangesNothing) {
  join("ana");
  const wire::Token token = welcome_of("ana").token;
  join("ben");
  hello("ana", "another name");
  expect_heard("ana", {"WELCOME count=2 version=2"});
  EXPECT_EQ(welcome_of("ana").token, token);
  expect_count(2);
  expect_version(2);
  disconnect("ana");
  expect_told(
      {"joined ana count=1 version=1", "joined ben count=2 version=2", "left ana disconnected count=1 version=3"});
}

TEST_F(ProtocolTest, S4_1_ASecondHelloForgetsNoRequestIds) {
  join("ana");
  request("ana", 5);
  hello("ana");
  request("ana", 5);
  expect_heard("ana", {"WELCOME count=1 version=1", "ERROR 12 BAD_REQUEST_ID id=5"});
}

// "it need not be unique and may be empty"
TEST_F(ProtocolTest, S4_1_NamesNeedNotBeUniqueAndMayBeEmpty) {
  connect("one");
  connect("two");
  connect("three");
  hello("one", "ana");
  hello("two", "ana");
  hello("three", "");
  expect_heard("three", {"WELCOME count=3 version=3"});
}

TEST_F(ProtocolTest, S4_1_AnEmptyNameIsAFirstNameThatStays) {
  connect("ana");
  hello("ana", "");
  hello("ana", "Ana");
  disconnect("ana");
  expect_told({"joined  count=1 version=1", "left  disconnected count=0 version=2"});
}

// "Metadata is checked and otherwise left to later versions of the server."
TEST_F(ProtocolTest, S4_1_MetadataIsChecked) {
  connect("ana");
  raw("ana", from_hex("01 01 02 0000 11"));
  expect_heard("ana", {"ERROR 8 TOO_LARGE id=0"});
  expect_absent("ana");
  raw("ana", from_hex("01 01 02 0003 616e61 01 0001 6b 0001 76"));
  expect_heard("ana", {"WELCOME count=1 version=1"});
}

// "This version of the server never resumes"
// Section 4.2, REQUEST.

// "Ends in exactly one REPLY or ERROR with the same id."
TEST_F(ProtocolTest, S4_2_EndsInOneReplyWithItsId) {
  start_workers(1);
  join("ana");
  request("ana", 7, "oi");
  run_worker(0);
  advance(1h);
  expect_heard("ana", {"REPLY 7 count=1 version=1: re: oi"});
}

TEST_F(ProtocolTest, S4_2_RepliesComeInTheOrderOfTheRequests) {
  start_workers(2);
  join("ana");
  for (const char* body : {"a", "b", "c"}) send("ana", body);
  run_worker(1);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: a", "REPLY 2 count=1 version=1: re: b",
                       "REPLY 3 count=1 version=1: re: c"});
}

// "body = bytes ; anything, nothing included"
TEST_F(ProtocolTest, S4_2_TheBodyIsAnyBytes) {
  start_workers(1);
  join("ana");
  handler = [](const Job& job) { return job.body; };
  send("ana", "");
  send("ana", std::string("\0\xFF\x01", 3));
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: ", "REPLY 2 count=1 version=1: " + std::string("\0\xFF\x01", 3)});
}

// "an id that is 0, or not above every id that this session has sent before (whatever became of that one), is error 12"
TEST_F(ProtocolTest, S4_2_IdZeroIsError12) {
  join("ana");
  request("ana", 0);
  expect_heard("ana", {"ERROR 12 BAD_REQUEST_ID id=0"});
}

TEST_F(ProtocolTest, S4_2_AnIdThatIsNotAboveIsError12) {
  start_workers(1);
  join("ana");
  request("ana", 5);
  request("ana", 5);
  request("ana", 4);
  expect_heard("ana", {"ERROR 12 BAD_REQUEST_ID id=5", "ERROR 12 BAD_REQUEST_ID id=4"});
  run_worker(0);
  request("ana", 5);
  expect_heard("ana", {"REPLY 5 count=1 version=1: re: oi", "ERROR 12 BAD_REQUEST_ID id=5"});
  EXPECT_EQ(server().counters().requests, 1U);
}

TEST_F(ProtocolTest, S4_2_WhateverBecameOfThatOne_Busy) {
  limits.window = 1;
  start_workers(1);
  join("ana");
  request("ana", 1);
  request("ana", 2);
  run_worker(0);
  request("ana", 2);
  expect_heard("ana", {"ERROR 13 BUSY id=2", "REPLY 1 count=1 version=1: re: oi", "ERROR 12 BAD_REQUEST_ID id=2"});
}

TEST_F(ProtocolTest, S4_2_WhateverBecameOfThatOne_Draining) {
  join("ana");
  request("ana", 1);
  drain(1s);
  request("ana", 2);
  request("ana", 2);
  expect_heard("ana", {"CLOSING 2 grace=1000", "ERROR 16 DRAINING id=2", "ERROR 12 BAD_REQUEST_ID id=2"});
}

TEST_F(ProtocolTest, S4_2_WhateverBecameOfThatOne_TooLarge) {
  limits.message_bytes_max = 5000;
  join("ana");
  request("ana", 3, std::string(5000, 'x'));
  request("ana", 3);
  expect_heard("ana", {"ERROR 8 TOO_LARGE id=3", "ERROR 12 BAD_REQUEST_ID id=3"});
}

TEST_F(ProtocolTest, S4_2_WhateverBecameOfThatOne_HelloRequired) {
  connect("ana");
  plain("ana", "oi");
  request("ana", 3);
  hello("ana");
  request("ana", 3);
  expect_heard("ana", {"ERROR 11 HELLO_REQUIRED id=3", "WELCOME count=1 version=1", "ERROR 12 BAD_REQUEST_ID id=3"});
}

// "Gaps are fine."
TEST_F(ProtocolTest, S4_2_GapsAreFine) {
  start_workers(1);
  join("ana");
  request("ana", 1);
  request("ana", 1'000'000);
  request("ana", UINT64_MAX);
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: oi", "REPLY 1000000 count=1 version=1: re: oi",
                       "REPLY 18446744073709551615 count=1 version=1: re: oi"});
  request("ana", UINT64_MAX);
  expect_heard("ana", {"ERROR 12 BAD_REQUEST_ID id=18446744073709551615"});
}

TEST_F(ProtocolTest, S4_2_IdsAreEachSessionsOwn) {
  start_workers(1);
  join("ana");
  join("ben");
  request("ana", 9);
  request("ben", 1);
  run_worker(0);
  expect_heard("ben", {"REPLY 1 count=2 version=2: re: oi"});
}

// "At most *window* requests may be unanswered: one more is error 13, and it is not run."
TEST_F(ProtocolTest, S4_2_OneMoreThanTheWindowIsError13AndNotRun) {
  limits.window = 2;
  start_workers(1);
  join("ana");
  for (const char* body : {"a", "b", "c"}) send("ana", body);
  expect_heard("ana", {"ERROR 13 BUSY id=3"});
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: a", "REPLY 2 count=1 version=1: re: b"});
  turn();
  EXPECT_EQ(batch_of(0), nullptr);
  send("ana", "d");
  run_worker(0);
  expect_heard("ana", {"REPLY 4 count=1 version=1: re: d"});
}

// Section 4.3, BYE.

// "Ends the session at once: it is no longer counted"
TEST_F(ProtocolTest, S4_3_ByeEndsTheSessionAtOnce) {
  join("ana");
  join("ben");
  bye("ana");
  expect_absent("ana");
  expect_count(1);
  expect_heard("ana", {"CLOSING 1 grace=0"});
}

// "queued requests of it are dropped without being run"
TEST_F(ProtocolTest, S4_3_QueuedRequestsAreDroppedWithoutBeingRun) {
  start_workers(1);
  join("ana");
  send("ana", "a");
  send("ana", "b");
  bye("ana");
  turn();
  EXPECT_EQ(batch_of(0), nullptr);
  EXPECT_EQ(server().counters().dropped, 2U);
}

// "nothing more is sent to it but the answer, CLOSING with reason 1"
TEST_F(ProtocolTest, S4_3_NothingMoreIsSentButTheAnswer) {
  start_workers(1);
  join("ana");
  send("ana", "running");
  turn();
  bye("ana");
  finish(0);
  drain(1s);
  turn();
  expect_heard("ana", {"CLOSING 1 grace=0"});
}

}  // namespace
}  // namespace rollcall::core
