// The ring of the last joins and leaves, and addresses as text.
#include "core/changes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::core {
namespace {

Change change(std::uint64_t version) {
  Change made;
  made.version = version;
  made.name = std::make_shared<const std::string>("client " + std::to_string(version));
  return made;
}

TEST(Changes, BeginsWithNothing) {
  const Changes changes;
  EXPECT_EQ(changes.newest(), 0U);
  EXPECT_TRUE(changes.has_all_after(0));
  EXPECT_FALSE(changes.has_all_after(1)) << "that version never was";
}

TEST(Changes, GivesEachByItsVersion) {
  Changes changes;
  for (std::uint64_t version = 1; version <= 3; ++version) changes.add(change(version));
  EXPECT_EQ(changes.newest(), 3U);
  EXPECT_EQ(*changes.at(1).name, "client 1");
  EXPECT_EQ(*changes.at(3).name, "client 3");
}

TEST(Changes, KeepsTheLast) {
  Changes changes;
  for (std::uint64_t version = 1; version <= changes_kept; ++version) changes.add(change(version));
  EXPECT_TRUE(changes.has_all_after(0));
  changes.add(change(changes_kept + 1));
  EXPECT_FALSE(changes.has_all_after(0));
  EXPECT_TRUE(changes.has_all_after(1));
  EXPECT_EQ(changes.at(2).version, 2U);
  EXPECT_EQ(changes.at(changes_kept + 1).version, changes_kept + 1);
}

std::string text_of(const Address& address) { return std::string(AddressText(address).view()); }

TEST(AddressText, IsWhatPeopleRead) {
  EXPECT_EQ(text_of({"127.0.0.1", 52634}), "127.0.0.1:52634");
  EXPECT_EQ(text_of({"::1", 8080}), "[::1]:8080");
  EXPECT_EQ(text_of({"fe80::1%eth0", 1}), "[fe80::1%eth0]:1");
  EXPECT_EQ(text_of({"ipc", 4711}), "ipc:4711");
  EXPECT_EQ(text_of({}), ":0");
}

TEST(AddressText, IsCutWhereItIsTooLong) {
  EXPECT_EQ(text_of({std::string(500, 'x'), 4294967295U}), std::string(66, 'x') + ":4294967295");
  EXPECT_EQ(text_of({std::string(500, ':'), 4294967295U}), "[" + std::string(66, ':') + "]:4294967295");
}

}  // namespace
}  // namespace rollcall::core
