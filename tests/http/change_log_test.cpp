#include "server/http/change_log.hpp"

#include <gtest/gtest.h>

#include "http/samples.hpp"
#include "server/http/limits.hpp"

namespace rollcall::http {
namespace {

std::vector<std::uint64_t> versions(const ChangeLog::Part& part) {
  std::vector<std::uint64_t> all;
  for (const RosterChange* change : part.changes) all.push_back(change->version);
  return all;
}

/// A status with the changes from one version to another.
ServerStatus with_changes(std::uint64_t first, std::uint64_t last, bool lost = false) {
  ServerStatus status = status_at(milliseconds(0));
  for (std::uint64_t version = first; version <= last; ++version) status.changes.push_back(joined(version, 1));
  status.version = last;
  status.changes_lost = lost;
  return status;
}

using Versions = std::vector<std::uint64_t>;

TEST(ChangeLog, GivesWhatCameAfterAVersion) {
  ChangeLog log;
  log.add(with_changes(1, 3));
  log.add(with_changes(4, 5));
  EXPECT_EQ(log.version(), 5U);
  EXPECT_EQ(versions(log.after(0, 100)), (Versions{1, 2, 3, 4, 5}));
  EXPECT_EQ(versions(log.after(3, 100)), (Versions{4, 5}));
  EXPECT_EQ(versions(log.after(1, 2)), (Versions{2, 3})) << "the first of them";
  EXPECT_FALSE(log.after(5, 100).reset);
  EXPECT_TRUE(log.after(5, 100).changes.empty());
  EXPECT_EQ(versions(log.latest(2)), (Versions{4, 5}));
  EXPECT_EQ(versions(log.latest(100)), (Versions{1, 2, 3, 4, 5}));
}

TEST(ChangeLog, AVersionOfAnotherLifeResets) {
  ChangeLog log;
  log.add(with_changes(1, 3));
  EXPECT_TRUE(log.after(4, 100).reset);
  EXPECT_TRUE(log.after(~std::uint64_t{0}, 100).reset);
  EXPECT_TRUE(log.after(4, 100).changes.empty());
}

TEST(ChangeLog, WhatIsNotKnownAnyMoreResets) {
  ChangeLog log;
  log.add(with_changes(1, 3));
  log.add(with_changes(10, 12, true));
  EXPECT_TRUE(log.after(8, 100).reset);
  EXPECT_TRUE(log.after(3, 100).reset);
  EXPECT_EQ(versions(log.after(9, 100)), (Versions{10, 11, 12}));
}

TEST(ChangeLog, NoGapIsHidden) {
  ChangeLog log;
  log.add(with_changes(1, 3));
  log.add(with_changes(6, 7));
  EXPECT_TRUE(log.after(3, 100).reset);
  EXPECT_EQ(versions(log.after(5, 100)), (Versions{6, 7}));
  ServerStatus silent = status_at(milliseconds(0));
  silent.version = 20;
  log.add(silent);
  EXPECT_TRUE(log.after(7, 100).reset);
  EXPECT_FALSE(log.after(20, 100).reset);
}

TEST(ChangeLog, TheSameStatusTwiceChangesNothing) {
  ChangeLog log;
  log.add(with_changes(1, 3));
  log.add(with_changes(1, 3));
  log.add(with_changes(2, 4));
  EXPECT_EQ(versions(log.after(0, 100)), (Versions{1, 2, 3, 4}));
}

TEST(ChangeLog, IsBounded) {
  ChangeLog log;
  for (std::uint64_t first = 1; first < 10'000; first += 1000) log.add(with_changes(first, first + 999));
  EXPECT_TRUE(log.after(10'000 - changes_max - 1, 1).reset);
  EXPECT_EQ(log.after(10'000 - changes_max, 100'000).changes.size(), changes_max);
}

}  // namespace
}  // namespace rollcall::http
