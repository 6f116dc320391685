// Who watches, how far each of them is, and when who begins may begin.
#include "core/watchers.hpp"

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

/// One that has begun, and knows `told`.
Watcher& add_begun(Watchers& watchers, std::uint32_t routing_id, std::uint64_t told) {
  Watcher& added = watchers.add(routing_id);
  added.begins = false;
  added.told = added.acknowledged = told;
  return added;
}

TEST(Watchers, AreFoundUntilTheyAreRemoved) {
  Watchers watchers;
  watchers.add(7);
  EXPECT_NE(watchers.find(7), nullptr);
  EXPECT_EQ(watchers.find(8), nullptr);
  watchers.remove(7);
  watchers.remove(7);
  EXPECT_EQ(watchers.find(7), nullptr);
}

TEST(Watchers, AreAsManyAsMayBe) {
  Watchers watchers;
  for (std::uint32_t id = 0; id < watchers_max; ++id) {
    EXPECT_FALSE(watchers.are_full());
    watchers.add(id);
  }
  EXPECT_TRUE(watchers.are_full());
  watchers.remove(3);
  EXPECT_FALSE(watchers.are_full());
}

TEST(Watchers, BeginWhenTheirTimeHasCome) {
  Watchers watchers;
  EXPECT_EQ(watchers.next_deadline(), std::nullopt);
  watchers.add(7).begins_at = 10s;
  EXPECT_EQ(watchers.next_deadline(), 10s);
  EXPECT_EQ(watchers.due(10s - 1ns), nullptr);
  EXPECT_EQ(watchers.due(10s), watchers.find(7));
}

TEST(Watchers, SnapshotsComeOneAfterAnother) {
  Watchers watchers;
  watchers.add(7).begins_at = 10s;
  watchers.sent_snapshot(10s);
  EXPECT_EQ(watchers.next_deadline(), 10s + snapshot_pause);
  EXPECT_EQ(watchers.due(10s), nullptr);
  EXPECT_NE(watchers.due(10s + snapshot_pause), nullptr);
}

TEST(Watchers, WhoHasBegunIsToldWhatComesNext) {
  Watchers watchers;
  const Watcher& watcher = add_begun(watchers, 7, 5);
  EXPECT_TRUE(watcher.may_be_told(6));
  EXPECT_FALSE(watcher.may_be_told(5));
  EXPECT_FALSE(watcher.may_be_told(7));
  EXPECT_EQ(watchers.first_to_tell(5), std::nullopt);
  EXPECT_EQ(watchers.first_to_tell(6), 6U);
}

TEST(Watchers, WhoBeginsIsToldNothing) {
  Watchers watchers;
  watchers.add(7).told = 5;
  EXPECT_EQ(watchers.first_to_tell(6), std::nullopt);
}

TEST(Watchers, WhoHasNotAcknowledgedWaits) {
  Watchers watchers;
  Watcher& watcher = add_begun(watchers, 7, 5);
  watcher.told += unacknowledged_changes_max - 1;
  EXPECT_TRUE(watcher.may_be_told(watcher.told + 1));
  ++watcher.told;
  EXPECT_FALSE(watcher.may_be_told(watcher.told + 1));
  EXPECT_EQ(watchers.first_to_tell(watcher.told + 1), std::nullopt);
  ++watcher.acknowledged;
  EXPECT_TRUE(watcher.may_be_told(watcher.told + 1));
}

TEST(Watchers, TheOneThatIsFurthestBehindComesFirst) {
  Watchers watchers;
  add_begun(watchers, 7, 5);
  add_begun(watchers, 8, 3);
  add_begun(watchers, 9, 9);
  EXPECT_EQ(watchers.first_to_tell(9), 4U);
}

}  // namespace
}  // namespace rollcall::core
