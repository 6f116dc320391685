// A descriptor in doubt, seen from the server: the first messages on it are kept back for a moment, because they may be
// those of a client that died there without having been heard (connections.hpp).
#include <gtest/gtest.h>

#include <string>

#include "support/core_fixture.hpp"
#include "support/hex.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using namespace std::chrono_literals;

class DoubtTest : public CoreTest {
 protected:
  /// "dead" came and went unheard, and "ana" has its descriptor.
  void connect_in_doubt() {
    connect("dead");
    disconnect("dead");
    connect_in_place_of("dead", "ana");
    told.clear();
  }
};

TEST_F(DoubtTest, TheFirstMessagesAreKeptBack) {
  connect_in_doubt();
  hello("ana");
  send("ana", "oi");
  advance(doubt_hold - 1ns);
  expect_heard("ana", {});
  expect_count(0);
}

TEST_F(DoubtTest, AndThenHandledInOrder) {
  start_workers(1);
  connect_in_doubt();
  hello("ana");
  send("ana", "one");
  send("ana", "two");
  EXPECT_EQ(server().next_deadline(), now + doubt_hold);
  advance(doubt_hold);
  expect_heard("ana", {"WELCOME count=1 version=1"});
  expect_told({"joined ana count=1 version=1", "message ana: one", "message ana: two"});
  finish(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: one", "REPLY 2 count=1 version=1: re: two"});
}

TEST_F(DoubtTest, AfterItMessagesAreHandledAtOnce) {
  connect_in_doubt();
  advance(doubt_hold);
  hello("ana");
  expect_heard("ana", {"WELCOME count=1 version=1"});
}

TEST_F(DoubtTest, KeptMessagesKeepTheirForm) {
  connect_in_doubt();
  client("ana").delimited = true;
  hello("ana");
  raw("ana", "x", true);
  advance(doubt_hold);
  expect_heard("ana", {"[] WELCOME count=1 version=1", "[] TEXT ERROR 9 TOO_MANY_PARTS"});
}

TEST_F(DoubtTest, AJoinAndALeaveMayBeReleasedTogether) {
  connect_in_doubt();
  hello("ana");
  send("ana", "oi");
  bye("ana");
  send("ana", "too late");
  advance(doubt_hold);
  expect_heard("ana", {"WELCOME count=1 version=1", "CLOSING 1 grace=0", "ERROR 19 SESSION_ENDED id=2"});
  expect_told({"joined ana count=1 version=1", "message ana: oi", "left ana goodbye count=0 version=2",
               "refused session_ended total=1"});
}

TEST_F(DoubtTest, ANameMayComeWithTheSecondOfThem) {
  start_workers(1);
  connect_in_doubt();
  plain("ana", "oi");
  hello("ana", std::string(100, 'n'));
  plain("ana", "again");
  advance(doubt_hold);
  expect_told({"joined  count=1 version=1", "message : oi", "message " + std::string(100, 'n') + ": again"});
}

TEST_F(DoubtTest, WhatTheDeadLeftBehindIsDroppedWhenTheLivingSpeaks) {
  connect_in_doubt();
  hello("dead");
  hello("ana");
  send("dead", "after it");
  advance(doubt_hold);
  expect_heard("dead", {});
  expect_heard("ana", {"WELCOME count=1 version=1"});
  expect_told({"refused late_message total=1", "joined ana count=1 version=1"});
}

TEST_F(DoubtTest, TheDeadAloneIsFoundOutByItsUndeliverableAnswer) {
  connect_in_doubt();
  hello("dead");
  advance(doubt_hold);
  undeliverable("dead");
  expect_count(0);
  hello("ana");
  expect_present("ana");
  expect_heard("ana", {"WELCOME count=1 version=3"});
}

TEST_F(DoubtTest, ManyAtOnceAreReleasedInOneTurn) {
  for (int i = 0; i < 20; ++i) {
    const std::string who = "ana" + std::to_string(i);
    connect("dead" + std::to_string(i));
    disconnect("dead" + std::to_string(i));
    connect_in_place_of("dead" + std::to_string(i), who);
    hello(who);
    send(who, "oi");
  }
  told.clear();
  advance(doubt_hold);
  expect_count(20);
  for (int i = 0; i < 20; ++i) expect_present("ana" + std::to_string(i));
  EXPECT_EQ(told.size(), 40U);
}

TEST_F(DoubtTest, AnEndInDoubtIsASilentConnection) {
  connect_in_doubt();
  hello("ana");
  disconnect("ana");
  advance(doubt_hold);
  expect_heard("ana", {});
  expect_version(0);
  expect_refused(Refusal::silent_connection, 2);
}

TEST_F(DoubtTest, NoMoreThanAWindowAndAHelloAreKept) {
  limits.window = 3;
  connect_in_doubt();
  hello("ana");
  for (int i = 0; i < 4; ++i) send("ana", "oi");
  expect_heard("ana", {"ERROR 13 BUSY id=4"});
  expect_refused(Refusal::over_bound, 1);
  advance(doubt_hold);
  expect_heard("ana", {"WELCOME count=1 version=1"});
  EXPECT_EQ(server().counters().requests, 3U);
}

// Section 5: "With id 0 it answers a message that was not a request"
TEST_F(DoubtTest, MorePartsThanOneAreNoRequestThatAnErrorCouldEnd) {
  limits.window = 1;
  connect_in_doubt();
  hello("ana");
  send("ana", "oi");
  raw("ana", test::from_hex("01 02 0000000000000002"), true);
  raw("ana", test::from_hex("01 02 0000000000000003"));
  expect_heard("ana", {"ERROR 13 BUSY id=0", "ERROR 13 BUSY id=3"});
}

TEST_F(DoubtTest, NoMoreBytesThanOneClientMayQueueAreKept) {
  limits.client_queue_bytes_max = 1000;
  connect_in_doubt();
  plain("ana", std::string(900, 'x'));
  plain("ana", std::string(101, 'x'));
  expect_heard("ana", {"TEXT ERROR 13 BUSY"});
}

TEST_F(DoubtTest, WhatIsReleasedWhileDrainingIsTooLate) {
  start_workers(1);
  join("ben");
  send("ben", "slow");
  connect_in_doubt();
  hello("ana");
  drain(1s);
  advance(doubt_hold);
  expect_heard("ana", {"ERROR 16 DRAINING id=0"});
  expect_count(1);
}

}  // namespace
}  // namespace rollcall::core
