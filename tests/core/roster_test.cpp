// Who is here: the count, the version, the sessions' numbers, and how long references live.
#include "core/roster.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

namespace rollcall::core {
namespace {

class RosterTest : public ::testing::Test {
 protected:
  static wire::Token token_of(std::uint32_t routing_id) {
    wire::Token token{};
    std::memcpy(token.data(), &routing_id, sizeof routing_id);
    return token;
  }
  Session& join(std::uint32_t routing_id) {
    Session session;
    session.routing_id = routing_id;
    session.token = token_of(routing_id);
    return roster.join(std::move(session));
  }
  void leave(std::uint32_t routing_id) { EXPECT_FALSE(roster.leave(routing_id).empty()); }

  Roster roster;
};

TEST_F(RosterTest, BeginsEmptyAtVersionZero) {
  EXPECT_EQ(roster.count(), 0U);
  EXPECT_EQ(roster.version(), 0U);
  EXPECT_EQ(roster.begin(), roster.end());
}

TEST_F(RosterTest, TheCountIsTheNumberOfSessions) {
  join(1);
  join(2);
  EXPECT_EQ(roster.count(), 2U);
  leave(1);
  EXPECT_EQ(roster.count(), 1U);
  leave(2);
  EXPECT_EQ(roster.count(), 0U);
}

TEST_F(RosterTest, TheVersionGoesUpByOneWithEveryJoinAndEveryLeave) {
  join(1);
  EXPECT_EQ(roster.version(), 1U);
  join(2);
  EXPECT_EQ(roster.version(), 2U);
  leave(1);
  EXPECT_EQ(roster.version(), 3U);
  join(1);
  EXPECT_EQ(roster.version(), 4U);
}

TEST_F(RosterTest, NumbersRiseWithEveryJoinAndAreNeverUsedAgain) {
  EXPECT_EQ(join(9).number, 1U);
  EXPECT_EQ(join(4).number, 2U);
  leave(9);
  leave(4);
  EXPECT_EQ(join(9).number, 3U);
}

TEST_F(RosterTest, FindsByRoutingId) {
  Session& ana = join(7);
  EXPECT_EQ(roster.find(7), &ana);
  EXPECT_EQ(roster.find(8), nullptr);
  leave(7);
  EXPECT_EQ(roster.find(7), nullptr);
}

TEST_F(RosterTest, GoesOverEverySessionOnce) {
  for (const std::uint32_t routing_id : {5U, 6U, 7U}) join(routing_id);
  std::multiset<std::uint32_t> seen;
  for (const auto& [routing_id, session] : roster) {
    EXPECT_EQ(session.routing_id, routing_id);
    seen.insert(routing_id);
  }
  EXPECT_EQ(seen, (std::multiset<std::uint32_t>{5, 6, 7}));
}

TEST_F(RosterTest, ReferencesOutliveJoinsAndOtherLeaves) {
  const Session& first = join(0);
  for (std::uint32_t i = 1; i <= 10'000; ++i) join(i);
  for (std::uint32_t i = 1; i <= 10'000; i += 2) leave(i);
  EXPECT_EQ(&first, roster.find(0));
  EXPECT_EQ(first.number, 1U);
}

TEST_F(RosterTest, ReferencesLiveAsLongAsTheLeaver) {
  const Session& ana = join(1);
  const Roster::Leaver leaver = roster.leave(1);
  join(1);  // the same id again is another session
  EXPECT_EQ(&ana, &leaver.mapped());
  EXPECT_EQ(ana.number, 1U);
  EXPECT_NE(roster.find(1), &ana);
}

TEST_F(RosterTest, ASessionIsFoundByItsTokenWhileItIsHere) {
  const Session& ana = join(1);
  join(2);
  EXPECT_EQ(roster.find(token_of(1)), &ana);
  EXPECT_EQ(roster.find(token_of(3)), nullptr);
  leave(1);
  EXPECT_EQ(roster.find(token_of(1)), nullptr);
}

}  // namespace
}  // namespace rollcall::core
