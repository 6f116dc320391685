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

}  // namespace
}  // namespace rollcall
