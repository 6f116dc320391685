// Which connection a message belongs to: a test for each clause of the comment at the head of connections.hpp.
#include "core/connections.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;
using Verdict = Connections::Verdict;
using Kept = Connections::Kept;

constexpr int fd = 7;

class ConnectionsTest : public ::testing::Test {
 protected:
  Connection& open(int on = fd) { return connections.open(on, {"10.0.0.1", 40'000}, now); }
  bool close(int on = fd) { return connections.close(on, now); }
  [[nodiscard]] Verdict judge(std::uint32_t routing_id, int on = fd) const {
    return connections.judge(on, routing_id, now);
  }
  void claim(std::uint32_t routing_id, int on = fd) { connections.claim(on, routing_id); }
  Kept hold(std::uint32_t routing_id, std::string_view part, int on = fd) {
    return connections.hold(Received{routing_id, on, false, false, part}, limits);
  }
  /// A connection comes and goes without a word, and at once another one gets its descriptor.
  void open_in_doubt(int on = fd) {
    open(on);
    close(on);
    open(on);
  }

  Connections connections;
  Time now = 100s;
  static Limits small() {
    Limits few;
    few.window = 2;
    few.client_queue_bytes_max = 3 * kept_buffer_bytes_max + 100;
    return few;
  }
  Limits limits = small();
  std::size_t messages_max = limits.window + std::size_t{1};
};

// The circle of routing ids (RFC 1982).

TEST(IsLater, ComparesOnTheCircle) {
  EXPECT_TRUE(is_later(2, 1));
  EXPECT_FALSE(is_later(1, 2));
  EXPECT_FALSE(is_later(1, 1));
  EXPECT_TRUE(is_later(0, 0xFFFFFFFFU));
  EXPECT_FALSE(is_later(0xFFFFFFFFU, 0));
  EXPECT_TRUE(is_later(0x7FFFFFFFU, 0));
  EXPECT_TRUE(is_later(5, 0x80000006U));
  EXPECT_FALSE(is_later(0x80000001U, 0));
}

// Verdicts.

TEST_F(ConnectionsTest, DataOnADescriptorThatWasNeverOpenedIsLate) {
  EXPECT_EQ(judge(1), Verdict::late);
  EXPECT_EQ(judge(1, -1), Verdict::late);
  open();
  EXPECT_EQ(judge(1, fd + 1), Verdict::late);
}

TEST_F(ConnectionsTest, TheFirstMessageIsFresh) {
  open();
  EXPECT_EQ(judge(1), Verdict::fresh);
}

TEST_F(ConnectionsTest, TheNextMessagesAreCurrent) {
  open();
  claim(1);
  EXPECT_EQ(judge(1), Verdict::current);
  now += 24h;
  EXPECT_EQ(judge(1), Verdict::current);
}

TEST_F(ConnectionsTest, DataOnAClosedDescriptorIsLate) {
  open();
  claim(1);
  close();
  EXPECT_EQ(judge(1), Verdict::late);
  EXPECT_EQ(judge(2), Verdict::late);
}

TEST_F(ConnectionsTest, ALaterIdReplacesTheOneThatWasHeard) {
  open();
  claim(1);
  EXPECT_EQ(judge(2), Verdict::replaces);
  claim(2);
  EXPECT_EQ(judge(2), Verdict::current);
  EXPECT_EQ(judge(1), Verdict::late);
}

TEST_F(ConnectionsTest, AnEarlierIdThanTheOneThatWasHeardIsLate) {
  open();
  claim(5);
  EXPECT_EQ(judge(4), Verdict::late);
}

TEST_F(ConnectionsTest, DescriptorsKnowNothingOfEachOther) {
  open();
  claim(9);
  open(fd + 1);
  EXPECT_EQ(judge(3, fd + 1), Verdict::fresh);
  EXPECT_EQ(judge(9), Verdict::current);
}

// A descriptor is used again.

TEST_F(ConnectionsTest, LateDataOfTheDeadBeforeTheNewOwnersFirst) {
  open();
  claim(10);
  close();
  open();
  EXPECT_EQ(judge(10), Verdict::late);
  EXPECT_EQ(judge(9), Verdict::late);
  EXPECT_EQ(judge(11), Verdict::fresh);
}

TEST_F(ConnectionsTest, LateDataOfTheDeadAfterTheNewOwnersFirst) {
  open();
  claim(10);
  close();
  open();
  claim(11);
  EXPECT_EQ(judge(10), Verdict::late);
  EXPECT_EQ(judge(11), Verdict::current);
}

TEST_F(ConnectionsTest, LateDataOfAnEarlierOwnerIsLateThoughTheLastOneWasNeverHeard) {
  open();
  claim(10);
  close();
  open_in_doubt();
  EXPECT_EQ(judge(10), Verdict::late);
}

TEST_F(ConnectionsTest, ReuseAcrossTheWrapOfTheCounter) {
  open();
  claim(0xFFFFFFFFU);
  close();
  open();
  EXPECT_EQ(judge(0xFFFFFFFFU), Verdict::late);
  EXPECT_EQ(judge(0), Verdict::fresh);
  claim(0);
  EXPECT_EQ(judge(0), Verdict::current);
  EXPECT_EQ(judge(0xFFFFFFFFU), Verdict::late);
  EXPECT_EQ(judge(1), Verdict::replaces);
}

TEST_F(ConnectionsTest, OpenForgetsTheSessionsState) {
  open();
  claim(1);
  connections.find(fd)->state = PeerState::ended;
  close();
  const Connection& again = connections.open(fd, {"10.0.0.2", 50'000}, now);
  EXPECT_EQ(again.state, PeerState::silent);
  EXPECT_FALSE(again.heard);
  EXPECT_EQ(again.address, (Address{"10.0.0.2", 50'000}));
}

TEST_F(ConnectionsTest, ClaimMakesAnEndedOneSilentAgain) {
  open();
  claim(1);
  connections.find(fd)->state = PeerState::ended;
  claim(2);
  EXPECT_EQ(connections.find(fd)->state, PeerState::silent);
  EXPECT_EQ(connections.find(fd)->routing_id, 2U);
}

TEST_F(ConnectionsTest, CloseTellsWhetherAnythingWasOpen) {
  EXPECT_FALSE(close());
  open();
  EXPECT_TRUE(close());
  EXPECT_FALSE(close());
  EXPECT_FALSE(close(fd + 100));
  EXPECT_FALSE(close(-1));
}

TEST_F(ConnectionsTest, FindKnowsWhatWasOpenedOnce) {
  EXPECT_EQ(connections.find(fd), nullptr);
  EXPECT_EQ(connections.find(-1), nullptr);
  open();
  ASSERT_NE(connections.find(fd), nullptr);
  close();
  EXPECT_NE(connections.find(fd), nullptr);
  EXPECT_EQ(connections.find(fd + 1), nullptr);
}

// Doubt.

TEST_F(ConnectionsTest, AfterAnEndUnheardTheNextOneIsInDoubt) {
  open_in_doubt();
  EXPECT_EQ(judge(1), Verdict::doubtful);
}

TEST_F(ConnectionsTest, AfterAnEndThatWasHeardThereIsNoDoubt) {
  open();
  claim(1);
  close();
  open();
  EXPECT_EQ(judge(2), Verdict::fresh);
}

// What was heard in doubt may have been the dead one's, and its descriptor's owner was never heard.
TEST_F(ConnectionsTest, AfterAnEndThatWasHeardInDoubtTheDoubtGoesOn) {
  open_in_doubt();
  hold(1, "whose?");
  now += doubt_hold;
  claim(connections.release(fd).routing_id);
  close();
  open();
  EXPECT_EQ(judge(1), Verdict::late);
  EXPECT_EQ(judge(2), Verdict::doubtful);
}

TEST_F(ConnectionsTest, DoubtIsRememberedForItsTimeOnly) {
  open();
  close();
  now += doubt_memory - 1ns;
  open();
  EXPECT_EQ(judge(1), Verdict::doubtful);
  close();
  now += doubt_memory;
  open();
  EXPECT_EQ(judge(1), Verdict::fresh);
}

TEST_F(ConnectionsTest, DoubtLastsForItsTimeOnly) {
  open_in_doubt();
  now += doubt_hold - 1ns;
  EXPECT_EQ(judge(1), Verdict::doubtful);
  now += 1ns;
  EXPECT_EQ(judge(1), Verdict::fresh);
}

TEST_F(ConnectionsTest, DoubtIsOfOneDescriptor) {
  open_in_doubt();
  open(fd + 1);
  EXPECT_EQ(judge(1, fd + 1), Verdict::fresh);
}

TEST_F(ConnectionsTest, ARowOfConnectionsThatSayNothingKeepsTheDoubtUp) {
  open_in_doubt();
  for (int i = 0; i < 5; ++i) {
    now += doubt_memory - 1ms;
    close();
    open();
    EXPECT_EQ(judge(1), Verdict::doubtful);
  }
}

TEST_F(ConnectionsTest, InDoubtALateIdIsStillLate) {
  open();
  claim(10);
  close();
  open_in_doubt();
  EXPECT_EQ(judge(10), Verdict::late);
  EXPECT_EQ(judge(11), Verdict::doubtful);
}

TEST_F(ConnectionsTest, WhileMessagesAreKeptTheNextOnesAreKeptBehindThem) {
  open_in_doubt();
  EXPECT_EQ(hold(1, "first"), Kept::yes);
  now += doubt_hold;  // it is over, but nobody has released the first message yet
  EXPECT_EQ(judge(1), Verdict::doubtful);
}

TEST_F(ConnectionsTest, KeptMessagesComeBackInOrderAndWhole) {
  open_in_doubt();
  connections.hold(Received{1, fd, true, false, "a"}, limits);
  connections.hold(Received{1, fd, false, true, "b"}, limits);
  const Hold released = connections.release(fd);
  EXPECT_EQ(released.routing_id, 1U);
  ASSERT_EQ(released.messages.size(), 2U);
  EXPECT_EQ(released.messages[0].part, "a");
  EXPECT_TRUE(released.messages[0].delimited);
  EXPECT_FALSE(released.messages[0].many_parts);
  EXPECT_EQ(released.messages[1].part, "b");
  EXPECT_FALSE(released.messages[1].delimited);
  EXPECT_TRUE(released.messages[1].many_parts);
}

TEST_F(ConnectionsTest, ALaterIdDropsWhatWasKeptOfAnEarlierOne) {
  open_in_doubt();
  EXPECT_EQ(hold(1, "the dead one's"), Kept::yes);
  EXPECT_EQ(hold(2, "the living one's"), Kept::yes);
  EXPECT_EQ(hold(1, "the dead one's last"), Kept::late);
  const Hold released = connections.release(fd);
  EXPECT_EQ(released.routing_id, 2U);
  ASSERT_EQ(released.messages.size(), 1U);
  EXPECT_EQ(released.messages[0].part, "the living one's");
}

TEST_F(ConnectionsTest, ALaterIdReplacesAKeptOneAcrossTheWrap) {
  open_in_doubt();
  EXPECT_EQ(hold(0xFFFFFFFFU, "dead"), Kept::yes);
  EXPECT_EQ(hold(0, "living"), Kept::yes);
  EXPECT_EQ(connections.release(fd).routing_id, 0U);
}

TEST_F(ConnectionsTest, KeepsSoManyMessagesAndNoMore) {
  open_in_doubt();
  for (std::size_t i = 0; i < messages_max; ++i) EXPECT_EQ(hold(1, "x"), Kept::yes);
  EXPECT_EQ(hold(1, "x"), Kept::over_bound);
  EXPECT_EQ(connections.release(fd).messages.size(), messages_max);
}

TEST_F(ConnectionsTest, KeepsSoManyBytesAndNoMore) {
  limits.client_queue_bytes_max = 2 * kept_buffer_bytes_max + 100;
  open_in_doubt();
  EXPECT_EQ(hold(1, std::string(60, 'x')), Kept::yes);
  EXPECT_EQ(hold(1, std::string(41, 'x')), Kept::over_bound);
  EXPECT_EQ(hold(1, std::string(40, 'x')), Kept::yes);
  EXPECT_EQ(hold(1, "x"), Kept::over_bound);
}

TEST_F(ConnectionsTest, OneMessageAlwaysFits) {
  open_in_doubt();
  EXPECT_EQ(hold(1, std::string(limits.client_queue_bytes_max + 1, 'x')), Kept::yes);
  EXPECT_EQ(hold(1, "x"), Kept::over_bound);
}

TEST_F(ConnectionsTest, ALaterIdHasTheBoundsForItself) {
  open_in_doubt();
  EXPECT_EQ(hold(1, std::string(limits.client_queue_bytes_max, 'x')), Kept::yes);
  EXPECT_EQ(hold(2, std::string(limits.client_queue_bytes_max, 'x')), Kept::yes);
}

TEST_F(ConnectionsTest, AllOfThemTogetherHaveABound) {
  limits.total_queue_bytes_max = 2 * kept_buffer_bytes_max + 10;
  open_in_doubt(7);
  open_in_doubt(8);
  EXPECT_EQ(hold(1, "12345", 7), Kept::yes);
  EXPECT_EQ(hold(2, "12345", 8), Kept::yes);
  EXPECT_EQ(hold(2, "x", 8), Kept::over_bound);
}

// The end of doubt.

TEST_F(ConnectionsTest, NoDeadlineWhenNothingIsKept) {
  EXPECT_EQ(connections.next_deadline(), std::nullopt);
  open_in_doubt();
  EXPECT_EQ(connections.next_deadline(), std::nullopt);
  EXPECT_EQ(connections.out_of_doubt(now + 24h), std::nullopt);
}

TEST_F(ConnectionsTest, WhatIsKeptIsDueWhenTheDoubtEnds) {
  open_in_doubt();
  now += 5ms;
  hold(1, "x");
  const Time due = now - 5ms + doubt_hold;
  EXPECT_EQ(connections.next_deadline(), due);
  EXPECT_EQ(connections.out_of_doubt(due - 1ns), std::nullopt);
  EXPECT_EQ(connections.out_of_doubt(due), fd);
  connections.release(fd);
  EXPECT_EQ(connections.out_of_doubt(due), std::nullopt);
  EXPECT_EQ(connections.next_deadline(), std::nullopt);
}

TEST_F(ConnectionsTest, TheEarliestDoubtIsTheDeadline) {
  open_in_doubt(fd + 1);
  now += 5ms;
  open_in_doubt(fd);
  hold(1, "later", fd);
  hold(2, "earlier", fd + 1);
  EXPECT_EQ(connections.next_deadline(), now - 5ms + doubt_hold);
  EXPECT_EQ(connections.out_of_doubt(now - 5ms + doubt_hold), fd + 1);
  connections.release(fd + 1);
  EXPECT_EQ(connections.next_deadline(), now + doubt_hold);
}

TEST_F(ConnectionsTest, AfterTheReleaseItIsClaimedAndCurrent) {
  open_in_doubt();
  hold(1, "x");
  now += doubt_hold;
  const Hold released = connections.release(fd);
  claim(released.routing_id);
  EXPECT_EQ(judge(1), Verdict::current);
  EXPECT_EQ(judge(2), Verdict::replaces);  // so a dead one that got through is ended by the living one's first message
}

TEST_F(ConnectionsTest, CloseDropsWhatIsKept) {
  open_in_doubt();
  hold(1, "x");
  close();
  EXPECT_EQ(connections.next_deadline(), std::nullopt);
  open();
  EXPECT_FALSE(connections.find(fd)->hold.has_value());
  EXPECT_EQ(judge(1), Verdict::doubtful);  // it ended unheard again
}

}  // namespace
}  // namespace rollcall::core
