// Connections that were made with keys: whose name a session has, and what becomes of it when its key is revoked.
#include <gtest/gtest.h>

#include "support/core_fixture.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

class KeysTest : public test::CoreTest {
 protected:
  void give_key(std::string_view who, std::string key, std::string name) {
    client(who).key = std::move(key);
    client(who).key_name = std::move(name);
  }
  void connect_with_key(std::string_view who) {
    connect(who);
    give_key(who, "key of " + std::string(who), std::string(who));
  }
  void join_with_key(std::string_view who) {
    connect_with_key(who);
    hello(who, "root");
    client(who).heard.clear();
    told.clear();
  }
  void revoke(const std::string& key) { step(core::Revoked{key}); }

  static constexpr const char* closing = "CLOSING 3 grace=0";
};

TEST_F(KeysTest, ASessionHasTheNameOfItsKey) {
  connect_with_key("ana");
  hello("ana", "root");
  expect_told({"joined ana count=1 version=1"});
  hello("ana", "root");
  plain("ana", "oi");
  expect_told({"message ana: oi"});
  connect_with_key("ben");
  plain("ben", "oi");
  hello("ben", "root");
  bye("ben");
  expect_told({"joined ben count=2 version=2", "message ben: oi", "left ben goodbye count=1 version=3"});
}

TEST_F(KeysTest, ARevokedKeysSessionsEndAndTheOthersGoOn) {
  for (const char* who : {"ana", "ben", "eva"}) join_with_key(who);
  give_key("eva", "key of ben", "ben");
  connect("two");
  give_key("two", "key of ben", "ben");
  hello("two");
  client("two").heard.clear();
  told.clear();
  revoke("key of ben");
  expect_count(2);
  expect_heard("ben", {closing});
  expect_heard("two", {closing});
  expect_heard("ana", {});
  expect_heard("eva", {});
  EXPECT_EQ(left_because(wire::LeaveReason::evicted), 2U);
  start_workers(1);
  send("ana", "oi");
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=2 version=6: re: oi"});
  revoke("key of nobody");
  expect_count(2);
}

// An end of the connection that came at once would overtake what was said last.
TEST_F(KeysTest, ItsConnectionIsCutWhenItHasHadTimeToHearOfIt) {
  join_with_key("ana");
  revoke("key of ana");
  EXPECT_TRUE(cuts.empty());
  EXPECT_EQ(server().next_deadline(), now + core::revocation_patience);
  advance(core::revocation_patience - 1ns);
  EXPECT_TRUE(cuts.empty());
  advance(1ns);
  EXPECT_EQ(cuts, std::vector<int>{client("ana").fd});
  advance(1h);
  EXPECT_EQ(cuts.size(), 1U);
}

TEST_F(KeysTest, AConnectionThatTookItsPlaceIsNotCut) {
  join_with_key("ana");
  revoke("key of ana");
  disconnect("ana");
  connect_in_place_of("ana", "ben");
  hello("ben");
  advance(core::revocation_patience);
  EXPECT_TRUE(cuts.empty());
  expect_present("ben");
}

TEST_F(KeysTest, APlainClientIsToldNothingThatItCannotRead) {
  connect_with_key("ana");
  plain("ana", "oi");
  revoke("key of ana");
  expect_heard("ana", {});
  expect_absent("ana");
}

TEST_F(KeysTest, AnAbsentSessionOfARevokedKeyIsForgotten) {
  join_with_key("ana");
  const wire::Token token{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  disconnect("ana");
  revoke("key of ana");
  connect_with_key("ana");  // the key is back in the list
  message("ana", wire::Hello{"ana", token, {}});
  EXPECT_EQ(server().counters().resumes, 0U);
}

TEST_F(KeysTest, ATokenIsOfNoUseWithAnotherKey) {
  join_with_key("ana");
  const wire::Token token{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  connect_with_key("ben");
  message("ben", wire::Hello{"ben", token, {}});
  expect_present("ana");
  EXPECT_EQ(server().counters().resumes, 0U);
  disconnect("ana");
  connect_with_key("eva");
  message("eva", wire::Hello{"eva", token, {}});
  EXPECT_EQ(server().counters().resumes, 0U);
  connect_with_key("ana");
  message("ana", wire::Hello{"ana", token, {}});
  EXPECT_EQ(server().counters().resumes, 1U);
}

class DoubtfulKeysTest : public KeysTest {
 protected:
  void connect_in_doubt(const std::string& who) {
    connect("dead");
    disconnect("dead");
    connect_in_place_of("dead", who);
    give_key(who, "key of " + who, who);
    told.clear();
  }
};

TEST_F(DoubtfulKeysTest, WhatIsKeptBackKeepsItsKey) {
  connect_in_doubt("ana");
  hello("ana", "root");
  advance(core::doubt_hold);
  expect_told({"joined ana count=1 version=1"});
  revoke("key of ana");
  expect_absent("ana");
}

TEST_F(DoubtfulKeysTest, WhatIsKeptBackOfARevokedKeyOpensNothing) {
  connect_in_doubt("ana");
  connect("dying");
  disconnect("dying");
  connect_in_place_of("dying", "ben");
  give_key("ben", "key of ben", "ben");
  hello("ana");
  hello("ben");
  revoke("key of ana");
  advance(core::doubt_hold);
  expect_absent("ana");
  expect_present("ben");
}

}  // namespace
}  // namespace rollcall
