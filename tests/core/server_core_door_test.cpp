// Connections without a session: how many there may be, and who makes room.
#include <gtest/gtest.h>

#include "support/core_fixture.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

class DoorTest : public test::CoreTest {
 protected:
  DoorTest() {
    limits.strangers_max = 2;
    limits.clients_max = 2;
  }
  int fd(std::string_view who) { return client(who).fd; }
};

TEST_F(DoorTest, TheOldestStrangerMakesRoomWhenThereIsNone) {
  for (const char* who : {"a", "b", "c", "d"}) connect(who);  // as many as fit
  EXPECT_TRUE(cuts.empty());
  connect("e");
  EXPECT_EQ(cuts, std::vector<int>{fd("a")});
  expect_refused(core::Refusal::stranger, 1);
  disconnect("a");
  expect_refused(core::Refusal::silent_connection, 0);
}

TEST_F(DoorTest, RoomThatClientsLeaveIsLentForAWhile) {
  for (const char* who : {"a", "b", "c"}) connect(who);
  turn();
  EXPECT_TRUE(cuts.empty());
  EXPECT_EQ(server().next_deadline(), now + core::stranger_patience);
  advance(core::stranger_patience);
  EXPECT_EQ(cuts, std::vector<int>{fd("a")});
  EXPECT_FALSE(server().next_deadline().value_or(now + 1h) <= now);
}

TEST_F(DoorTest, AClientIsNoStranger) {
  limits.clients_max = 10;
  for (const char* who : {"a", "b", "c", "d"}) join(who);
  advance(1h);
  EXPECT_TRUE(cuts.empty());
}

TEST_F(DoorTest, WhoHasLeftIsAStrangerFromThenOn) {
  join("a");
  advance(1h);
  bye("a");
  connect("b");
  connect("c");
  advance(core::stranger_patience - 1ns);
  EXPECT_TRUE(cuts.empty());
  advance(1ns);
  EXPECT_EQ(cuts, std::vector<int>{fd("a")});
  expect_refused(core::Refusal::stranger, 0);
}

TEST_F(DoorTest, NothingIsHeardOfOneThatWasCut) {
  for (const char* who : {"a", "b", "c"}) connect(who);
  advance(core::stranger_patience);
  hello("a");
  expect_heard("a", {});
  expect_count(0);
  expect_refused(core::Refusal::late_message, 1);
}

TEST_F(DoorTest, TheNextOneOnItsDescriptorIsHeard) {
  for (const char* who : {"a", "b", "c"}) connect(who);
  advance(core::stranger_patience);
  disconnect("a");
  advance(1s);
  connect_in_place_of("a", "d");
  hello("d");
  expect_heard("d", {"WELCOME count=1 version=1"});
}

TEST_F(DoorTest, AStrangerWhoseMessageNeverEndsIsCut) {
  connect("a");
  step(core::Endless{fd("a")});
  EXPECT_EQ(cuts, std::vector<int>{fd("a")});
  step(core::Endless{fd("a")});  // it is on its way out
  expect_refused(core::Refusal::endless_message, 1);
  disconnect("a");
  expect_refused(core::Refusal::silent_connection, 0);
  step(core::Endless{fd("a")});  // it has ended
  step(core::Endless{999});      // it never was
  expect_refused(core::Refusal::endless_message, 1);
}

TEST_F(DoorTest, AClientWhoseMessageNeverEndsIsEvicted) {
  join("a");
  step(core::Endless{fd("a")});
  EXPECT_EQ(cuts, std::vector<int>{fd("a")});
  expect_count(0);
  expect_refused(core::Refusal::endless_message, 1);
  EXPECT_EQ(server().counters().leaves[static_cast<std::size_t>(wire::LeaveReason::evicted)], 1U);
}

TEST_F(DoorTest, WhoLeavesTooMuchUnreadIsEvicted) {
  join("a");
  step(core::Clogged{fd("a"), client("a").routing_id + 1});  // somebody else
  EXPECT_TRUE(cuts.empty());
  step(core::Clogged{fd("a"), client("a").routing_id});
  EXPECT_EQ(cuts, std::vector<int>{fd("a")});
  expect_count(0);
  EXPECT_EQ(server().counters().leaves[static_cast<std::size_t>(wire::LeaveReason::evicted)], 1U);
}

TEST_F(DoorTest, AGoodbyeDoesNotSaveItsConnection) {
  join("a");
  bye("a");
  step(core::Clogged{fd("a"), client("a").routing_id});
  EXPECT_EQ(cuts, std::vector<int>{fd("a")});
  step(core::Clogged{fd("a"), client("a").routing_id});
  EXPECT_EQ(cuts.size(), 1U);
}

class HeldOffTest : public test::CoreTest {
 protected:
  HeldOffTest() { limits.door_burst = 2; }
  /// A connection from the address that all of these have.
  void come(std::string_view who) {
    create(who).address.host = "192.0.2.7";
    step(core::Opened{client(who).fd, client(who).address});
  }
  void fail(std::string_view who) {
    come(who);
    disconnect(who);
  }
};

TEST_F(HeldOffTest, AnAddressThatFailedTooOftenIsCutAsItComes) {
  fail("a");
  fail("b");
  come("c");
  EXPECT_EQ(cuts, std::vector<int>{client("c").fd});
  expect_refused(core::Refusal::held_off, 1);
  EXPECT_EQ(addresses.back(), client("c").address) << "the log says from where";
  hello("c");
  expect_heard("c", {});
  disconnect("c");
  expect_refused(core::Refusal::silent_connection, 2);
  join("somebody else");
  expect_count(1);
}

TEST_F(HeldOffTest, ItsAttemptsDoNotHoldItOffForLonger) {
  fail("a");
  fail("b");
  for (const char* who : {"c", "d", "e", "f"}) fail(who);
  expect_refused(core::Refusal::held_off, 4);
  advance(std::chrono::nanoseconds(1s) / limits.door_refill_per_second);
  come("g");
  hello("g");
  expect_present("g");
}

TEST_F(HeldOffTest, ClientsFailNever) {
  for (const char* who : {"a", "b", "c", "d"}) {
    come(who);
    hello(who);
    disconnect(who);
  }
  expect_refused(core::Refusal::held_off, 0);
}

TEST_F(HeldOffTest, WhoComesToAFullServerHasNotFailed) {
  limits.clients_max = 1;
  join("first");
  for (const char* who : {"a", "b", "c", "d"}) {
    come(who);
    hello(who);
    disconnect(who);
  }
  expect_refused(core::Refusal::held_off, 0);
}

TEST_F(HeldOffTest, AChosenRoutingIdIsAFailureOnceForEachConnection) {
  come("a");
  for (int i = 0; i < 5; ++i) step(core::Refused{core::Refusal::chosen_routing_id, client("a").fd});
  disconnect("a");
  come("b");
  EXPECT_TRUE(cuts.empty());
  step(core::Refused{core::Refusal::forged_routing_id, client("b").fd});
  come("c");
  EXPECT_EQ(cuts, std::vector<int>{client("c").fd});
}

}  // namespace
}  // namespace rollcall
