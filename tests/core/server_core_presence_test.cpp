// Who is here, and who was turned away: joins, leaves, the version, notices, counters. PROTOCOL.md section 2.
#include <gtest/gtest.h>

#include <string>

#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using namespace std::chrono_literals;

class PresenceTest : public CoreTest {};

// Sessions begin and end.

TEST_F(PresenceTest, AConnectionAloneIsNobody) {
  connect("ana");
  advance(24h);
  expect_count(0);
  expect_version(0);
  expect_told({});
}

// "the *version* goes up by one with every join and every leave"
TEST_F(PresenceTest, S2_TheVersionCountsJoinsAndLeaves) {
  join("ana");
  expect_version(1);
  join("ben");
  expect_version(2);
  bye("ana");
  expect_version(3);
  disconnect("ben");
  expect_version(4);
  disconnect("ana");
  expect_version(4);
  EXPECT_EQ(server().counters().joins, 2U);
}

// "ends with BYE, with the end of the connection, ... or with an eviction"
TEST_F(PresenceTest, S2_EveryWayToLeaveIsToldWithItsReason) {
  for (const char* who : {"ana", "ben", "cai", "dora"}) join(who);
  told.clear();
  bye("ana");
  disconnect("ben");
  undeliverable("cai", true);
  undeliverable("dora", false);
  expect_told({"left ana goodbye count=3 version=5", "left ben disconnected count=2 version=6",
               "left cai evicted count=1 version=7", "left dora disconnected count=0 version=8"});
  EXPECT_EQ(left_because(wire::LeaveReason::goodbye), 1U);
  EXPECT_EQ(left_because(wire::LeaveReason::disconnected), 2U);
  EXPECT_EQ(left_because(wire::LeaveReason::evicted), 1U);
}

TEST_F(PresenceTest, NoticesSayWho) {
  join("ana");
  send("ana", "Olá");
  bye("ana");
  expect_told({"joined ana count=1 version=1", "message ana: Olá", "left ana goodbye count=0 version=2"});
  EXPECT_EQ(addresses, (std::vector<Address>(3, client("ana").address)));
}

TEST_F(PresenceTest, AClientThatComesBackIsANewSession) {
  join("ana");
  disconnect("ana");
  connect("ana");
  expect_absent("ana");
  hello("ana");
  expect_count(1);
  expect_version(3);
}

TEST_F(PresenceTest, MonitorEventsOfUnknownDescriptorsChangeNothing) {
  create("ana");
  disconnect("ana");
  step(Closed{-1});
  step(Closed{5000});
  expect_told({});
}

TEST_F(PresenceTest, AnEndThatWasNeverToldIsFoundByTheNextOpening) {
  join("ana");
  connect_in_place_of("ana", "ben");
  expect_absent("ana");
  expect_count(0);
  hello("ben");
  expect_told(
      {"joined ana count=1 version=1", "left ana disconnected count=0 version=2", "joined ben count=1 version=3"});
}

TEST_F(PresenceTest, FdOfKnowsSessions) {
  join("ana");
  const auto [fd, routing_id] = std::pair(client("ana").fd, client("ana").routing_id);
  EXPECT_EQ(server().fd_of(routing_id), fd);
  EXPECT_EQ(server().fd_of(routing_id + 1), -1);
}

// Messages of the dead.

TEST_F(PresenceTest, MessagesOfAnEndedConnectionAreLate) {
  join("ana");
  disconnect("ana");
  send("ana", "from beyond");
  hello("ana");
  expect_heard("ana", {});
  expect_count(0);
  expect_refused(Refusal::late_message, 2);
}

TEST_F(PresenceTest, MessagesOfTheDeadOnAReusedDescriptorAreLate) {
  join("ana");
  disconnect("ana");
  connect_in_place_of("ana", "ben");
  send("ana", "before the new owner's first");
  hello("ben");
  send("ana", "and after it");
  expect_heard("ana", {});
  expect_count(1);
  expect_present("ben");
  expect_refused(Refusal::late_message, 2);
}

TEST_F(PresenceTest, ALaterIdOnTheSameDescriptorEndsTheSessionBefore) {
  join("ana");
  create("ben").fd = client("ana").fd;  // and the monitor said nothing
  hello("ben");
  expect_absent("ana");
  expect_present("ben");
  expect_told(
      {"joined ana count=1 version=1", "left ana disconnected count=0 version=2", "joined ben count=1 version=3"});
}

TEST_F(PresenceTest, DescriptorsAndIdsAreUsedAgainForEver) {
  next_routing_id = 0xFFFFFFF0U;
  join("client 0");
  for (int i = 1; i < 40; ++i) {
    const std::string before = "client " + std::to_string(i - 1);
    const std::string who = "client " + std::to_string(i);
    disconnect(before);
    connect_in_place_of(before, who);
    hello(who);
    hello(before);
    expect_present(who);
    expect_count(1);
  }
  expect_refused(Refusal::late_message, 39);
}

// A Send that failed.

TEST_F(PresenceTest, UndeliverableEndsTheSessionAndDropsItsQueue) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  undeliverable("ana");
  turn();
  EXPECT_EQ(batch_of(0), nullptr);
  EXPECT_EQ(server().counters().undeliverable, 1U);
  EXPECT_EQ(server().counters().dropped, 1U);
}

TEST_F(PresenceTest, UndeliverableToNobodyIsOnlyCounted) {
  connect("ana");
  undeliverable("ana");
  undeliverable("ana", true);
  EXPECT_EQ(server().counters().undeliverable, 2U);
  hello("ana");
  expect_present("ana");
}

TEST_F(PresenceTest, AnEvictedClientsConnectionIsCut) {
  start_workers(1);
  join("ana");
  send("ana", "oi");
  turn();
  undeliverable("ana", true);
  finish(0);
  expect_heard("ana", {});
  EXPECT_EQ(cuts, std::vector<int>{client("ana").fd});
  send("ana", "again");  // on its way already
  expect_heard("ana", {});
  expect_refused(Refusal::late_message, 1);
  disconnect("ana");
  expect_refused(Refusal::silent_connection, 0);
}

// Refusals and their counters.

TEST_F(PresenceTest, WhatTheShellTurnedAwayIsCountedAndTold) {
  step(Refused{Refusal::chosen_routing_id});
  step(Refused{Refusal::forged_routing_id});
  step(Refused{Refusal::no_connection});
  step(Refused{Refusal::failed_handshake});
  expect_told({"refused chosen_routing_id total=1", "refused forged_routing_id total=1",
               "refused no_connection total=1", "refused failed_handshake total=1"});
  expect_count(0);
}

TEST_F(PresenceTest, PortScannersAreSilentConnections) {
  for (int i = 0; i < 3; ++i) {
    connect("scanner");
    disconnect("scanner");
  }
  expect_refused(Refusal::silent_connection, 3);
  expect_version(0);
}

TEST_F(PresenceTest, AConnectionThatOnlySentRubbishIsSilentToo) {
  connect("ana");
  raw("ana", "\x02");
  disconnect("ana");
  expect_refused(Refusal::bad_message, 1);
  expect_refused(Refusal::silent_connection, 1);
}

TEST_F(PresenceTest, OneNoticeASecondForEachReasonAndThenHowManyWereLeftOut) {
  connect("ana");
  for (int i = 0; i < 4; ++i) raw("ana", "\x02");
  for (int i = 0; i < 3; ++i) bye("ana");
  expect_told({"refused bad_message total=1", "refused out_of_place total=1"});
  EXPECT_EQ(server().next_deadline(), now + 1s);
  advance(1s);
  expect_told({"suppressed refused bad_message 3", "suppressed refused out_of_place 2"});
  EXPECT_EQ(server().next_deadline(), std::nullopt);
  expect_refused(Refusal::bad_message, 4);
  raw("ana", "\x02");
  expect_told({"refused bad_message total=5"});
}

TEST_F(PresenceTest, MessageNoticesAreBoundedAndRequestsAreNot) {
  join("ana");
  told.clear();
  for (std::uint32_t i = 0; i < message_notices_per_second + 5; ++i) send("ana", "oi");
  EXPECT_EQ(told, (Lines(message_notices_per_second, "message ana: oi")));
  EXPECT_EQ(server().counters().requests, message_notices_per_second + 5);
  told.clear();
  advance(1s);
  expect_told({"suppressed message 5"});
}

TEST_F(PresenceTest, ARequestThatWasNotAcceptedIsNoMessageNotice) {
  limits.window = 1;
  join("ana");
  send("ana", "one");
  send("ana", "two");
  expect_told({"joined ana count=1 version=1", "message ana: one", "refused over_bound total=1"});
  EXPECT_EQ(server().counters().requests, 1U);
}

TEST_F(PresenceTest, WithNothingToWaitForThereIsNoDeadline) {
  EXPECT_EQ(server().next_deadline(), std::nullopt);
  join("ana");
  send("ana", "oi");
  EXPECT_EQ(server().next_deadline(), std::nullopt);
}

TEST_F(PresenceTest, EveryRefusalAndEveryReasonHasAName) {
  for (std::size_t i = 0; i < refusal_count; ++i) EXPECT_FALSE(refusal_name(static_cast<Refusal>(i)).empty());
  EXPECT_EQ(refusal_name(Refusal::silent_connection), "silent_connection");
  EXPECT_EQ(refusal_name(Refusal::session_ended), "session_ended");
  EXPECT_EQ(refusal_name(Refusal::failed_handshake), "failed_handshake");
  EXPECT_EQ(leave_reason_name(wire::LeaveReason::none), "none");
  EXPECT_EQ(leave_reason_name(wire::LeaveReason::drained), "drained");
}

}  // namespace
}  // namespace rollcall::core
