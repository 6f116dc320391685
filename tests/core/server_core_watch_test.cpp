// Who asks for the roster, and who watches it: PROTOCOL.md section 4.4, sentence by sentence.
#include <gtest/gtest.h>

#include <string>

#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using namespace std::chrono_literals;

class WatchTest : public CoreTest {
 protected:
  void query(std::string_view who, std::uint64_t cursor = 0, std::uint16_t limit = 0) {
    message(who, wire::RosterQuery{cursor, limit});
  }
  void watch(std::string_view who, std::uint64_t from) {
    message(who, wire::Watch{false, from});
    turn();
  }
  void stop_watching(std::string_view who) { message(who, wire::Watch{true, 0}); }
  /// As many joins and leaves, half of each, of one who is not here afterwards.
  void churn(std::uint64_t changes) {
    for (std::uint64_t i = 0; i < changes / 2; ++i) {
      join("guest");
      bye("guest");
      disconnect("guest");
      turn();
    }
  }
  std::size_t heard_by(std::string_view who) { return client(who).heard.size(); }
};

// "Both need a HELLO first (error 11)."
TEST_F(WatchTest, S4_4_BothNeedAHello) {
  connect("ana");
  plain("ana", "oi");
  query("ana");
  watch("ana", 0);
  expect_heard("ana", {"ERROR 11 HELLO_REQUIRED id=0", "ERROR 11 HELLO_REQUIRED id=0"});
}

// "A ROSTER query asks who is here, and is answered with one ROSTER message: a page of the roster, by rising session
// number"
TEST_F(WatchTest, S4_4_AQueryIsAnsweredWithWhoIsHere) {
  for (const char* who : {"ana", "ben", "carl"}) join(who);
  bye("ben");
  query("ana");
  expect_heard("ana", {"ROSTER count=2 version=4 next=0: 1 ana, 3 carl"});
}

TEST_F(WatchTest, S4_4_AnEntryTellsAllOfASession) {
  now = 100s;
  start_workers(1);
  join("ana");
  advance(3s);
  send("ana", "oi");
  run_worker(0);
  now += 250ms;
  join("ben");
  query("ben");
  const auto said = wire::decode_server_message(last["ben"]);
  std::vector<wire::RosterEntry> entries;
  std::get<wire::Roster>(said).entries.for_each([&](const wire::RosterEntry& each) { entries.push_back(each); });
  ASSERT_EQ(entries.size(), 2U);
  const Address& address = client("ana").address;
  EXPECT_EQ(entries[0].since_unix_ms, 100'000U);
  EXPECT_EQ(entries[0].requests, 1U);
  EXPECT_EQ(entries[0].idle_ms, 250U);
  EXPECT_EQ(entries[0].address, address.host + ":" + std::to_string(address.port));
  EXPECT_EQ(entries[1].idle_ms, 0U);
}

TEST_F(WatchTest, S4_4_PagesFollowEachOther) {
  for (const char* who : {"ana", "ben", "carl", "dora", "eve"}) join(who);
  query("ana", 0, 2);
  query("ana", 2, 2);
  query("ana", 4, 2);
  expect_heard("ana", {"ROSTER count=5 version=5 next=2: 1 ana, 2 ben",
                       "ROSTER count=5 version=5 next=4: 3 carl, 4 dora", "ROSTER count=5 version=5 next=0: 5 eve"});
}

// "who is here all the time is listed exactly once"
TEST_F(WatchTest, S4_4_WhoStaysIsListedOnceWhateverHappensBetweenPages) {
  for (const char* who : {"ana", "ben", "carl", "dora"}) join(who);
  query("ana", 0, 2);
  bye("ben");
  join("eve");
  query("ana", 2, 2);
  query("ana", 4, 2);
  expect_heard("ana", {"ROSTER count=4 version=4 next=2: 1 ana, 2 ben",
                       "ROSTER count=4 version=6 next=4: 3 carl, 4 dora", "ROSTER count=4 version=6 next=0: 5 eve"});
}

// "Beyond the end a page is empty."
TEST_F(WatchTest, S4_4_BeyondTheEndIsNobody) {
  join("ana");
  query("ana", 1);
  query("ana", UINT64_MAX);
  expect_heard("ana", {"ROSTER count=1 version=1 next=0:", "ROSTER count=1 version=1 next=0:"});
}

// "Queries that ask for too much in a second get error 13 (the id is 0); the next second is another one."
TEST_F(WatchTest, S4_4_TooManyQueriesInASecond) {
  join("ana");
  join("ben");
  const std::uint32_t most = queried_entries_per_second / query_cost_least;
  for (std::uint32_t i = 0; i < most; ++i) query("ana");
  EXPECT_EQ(errors_sent(wire::ErrorCode::busy), 0U);
  client("ana").heard.clear();
  query("ana");
  expect_heard("ana", {"ERROR 13 BUSY id=0"});
  query("ben");
  EXPECT_EQ(errors_sent(wire::ErrorCode::busy), 1U) << "the others notice nothing";
  advance(1s);
  query("ana");
  expect_heard("ana", {"ROSTER count=2 version=2 next=0: 1 ana, 2 ben"});
}

TEST_F(WatchTest, S10_QueriesOfAllTogetherAreBounded) {
  const std::uint32_t each = queried_entries_per_second / query_cost_least;
  const std::uint32_t needed = total_queried_entries_per_second / queried_entries_per_second;
  for (std::uint32_t i = 0; i <= needed; ++i) join("client " + std::to_string(i));
  for (std::uint32_t i = 0; i < needed; ++i) {
    for (std::uint32_t k = 0; k < each; ++k) query("client " + std::to_string(i));
  }
  EXPECT_EQ(errors_sent(wire::ErrorCode::busy), 0U);
  query("client " + std::to_string(needed));
  EXPECT_EQ(errors_sent(wire::ErrorCode::busy), 1U);
}

TEST_F(WatchTest, AQueryThatIsRefusedIsInNoRecording) {
  records = true;
  join("ana");
  for (std::uint32_t i = 0; i <= queried_entries_per_second / query_cost_least; ++i) query("ana");
  EXPECT_EQ(errors_sent(wire::ErrorCode::busy), 1U);
  EXPECT_EQ(recorded, Lines{"joined ana count=1"});
}

// "with version-from 0 ... by an EVENT of kind 3 (reset), which gives count and version, and all of the roster at that
// version"
TEST_F(WatchTest, S4_4_AWatchFromNothingBeginsWithAReset) {
  join("ana");
  join("ben");
  watch("ana", 0);
  expect_heard("ana", {"EVENT reset count=2 version=2", "PUSHED ROSTER count=2 version=2 next=0: 1 ana, 2 ben"});
}

// "or with one that it no longer has or never had"
TEST_F(WatchTest, S4_4_SoDoesAWatchFromTheFuture) {
  join("ana");
  watch("ana", 2);
  expect_heard("ana", {"EVENT reset count=1 version=1", "PUSHED ROSTER count=1 version=1 next=0: 1 ana"});
}

TEST_F(WatchTest, S4_4_AndOneFromAPastThatIsForgotten) {
  join("ana");
  churn(changes_kept + 2);
  watch("ana", 2);
  EXPECT_EQ(client("ana").heard.at(0), "EVENT reset count=1 version=4099");
}

// "with any other version, which the client has been told by this server, by the change after it"
TEST_F(WatchTest, S4_4_AWatchFromAVersionGoesOnAfterIt) {
  join("ana");
  join("ben");
  bye("ben");
  watch("ana", 1);
  expect_heard("ana", {"EVENT joined 2 ben count=2 version=2", "EVENT left 2 ben goodbye count=1 version=3"});
}

TEST_F(WatchTest, S4_4_AWatchFromTheNewestVersionIsSilent) {
  join("ana");
  watch("ana", 1);
  expect_heard("ana", {});
  join("ben");
  turn();
  expect_heard("ana", {"EVENT joined 2 ben count=2 version=2"});
}

// "every join and every leave pushed, as EVENTs in order" and its reasons
TEST_F(WatchTest, S5_EventsGiveTheReason) {
  join("ana");
  watch("ana", 1);
  for (const char* who : {"ben", "carl", "dora"}) join(who);
  bye("ben");
  disconnect("carl");
  undeliverable("dora", true);
  turn();
  expect_heard("ana",
               {"EVENT joined 2 ben count=2 version=2", "EVENT joined 3 carl count=3 version=3",
                "EVENT joined 4 dora count=4 version=4", "EVENT left 2 ben goodbye count=3 version=5",
                "EVENT left 3 carl disconnected count=2 version=6", "EVENT left 4 dora evicted count=1 version=7"});
}

TEST_F(WatchTest, S5_ADrainIsToldToTheEnd) {
  join("ana");
  join("ben");
  watch("ana", 2);
  drain(1s);
  client("ana").heard.clear();
  turn();
  expect_heard("ana", {"EVENT left 2 ben drained count=1 version=3"});
  EXPECT_TRUE(drained);
}

// "the server tells no more than 256 changes beyond the last acknowledged one (where it began is one)"
TEST_F(WatchTest, S4_4_WhoDoesNotAcknowledgeIsToldNoMore) {
  join("ana");
  watch("ana", 1);
  churn(unacknowledged_changes_max + 10);
  EXPECT_EQ(heard_by("ana"), unacknowledged_changes_max);
  client("ana").heard.clear();
  watch("ana", 5);  // four of them
  EXPECT_EQ(heard_by("ana"), 4U);
  EXPECT_EQ(client("ana").heard.front(), "EVENT joined 130 guest count=2 version=258");
  watch("ana", unacknowledged_changes_max + 5);
  EXPECT_EQ(heard_by("ana"), 10U) << "and then all of it";
}

TEST_F(WatchTest, S4_4_AnOldAcknowledgementTakesNothingBack) {
  join("ana");
  watch("ana", 1);
  churn(200);
  watch("ana", 201);
  watch("ana", 2);
  churn(256);
  EXPECT_EQ(heard_by("ana"), 456U);
}

// "One that falls back further than the server remembers (4,096 changes) is begun with anew, by a reset."
TEST_F(WatchTest, S4_4_WhoFallsBackTooFarGetsAReset) {
  join("ana");
  watch("ana", 1);
  churn(2 * changes_kept);
  EXPECT_EQ(heard_by("ana"), unacknowledged_changes_max);
  client("ana").heard.clear();
  watch("ana", 257);
  advance(watch_pause);
  expect_heard("ana", {"EVENT reset count=1 version=8193", "PUSHED ROSTER count=1 version=8193 next=0: 1 ana"});
  churn(2);
  EXPECT_EQ(heard_by("ana"), 2U);
}

TEST_F(WatchTest, S4_4_StopEndsIt) {
  join("ana");
  watch("ana", 1);
  stop_watching("ana");
  churn(2);
  stop_watching("ana");
  expect_heard("ana", {});
}

// "Beginning anew takes its time: once a second for each session."
TEST_F(WatchTest, S4_4_BeginningAnewIsForTheNextSecond) {
  join("ana");
  watch("ana", 0);
  client("ana").heard.clear();
  for (int i = 0; i < 3; ++i) {
    stop_watching("ana");
    watch("ana", 0);
    watch("ana", 0);
  }
  expect_heard("ana", {});
  EXPECT_EQ(server().next_deadline(), now + watch_pause);
  advance(watch_pause - 1ms);
  expect_heard("ana", {});
  advance(1ms);
  expect_heard("ana", {"EVENT reset count=1 version=1", "PUSHED ROSTER count=1 version=1 next=0: 1 ana"});
}

TEST_F(WatchTest, ManyWhoBeginDoSoOneAfterAnother) {
  for (const char* who : {"ana", "ben"}) join(who);
  for (const char* who : {"ana", "ben"}) message(who, wire::Watch{false, 0});
  turn();
  EXPECT_EQ(heard_by("ana"), 2U);
  EXPECT_EQ(heard_by("ben"), 0U);
  EXPECT_EQ(server().next_deadline(), now + snapshot_pause);
  advance(snapshot_pause);
  EXPECT_EQ(heard_by("ben"), 2U);
}

TEST_F(WatchTest, ASnapshotIsUsedAgainWithWhatCameAfterIt) {
  for (const char* who : {"ana", "ben"}) join(who);
  watch("ana", 0);
  join("carl");
  advance(snapshot_pause);
  watch("ben", 0);
  expect_heard("ben", {"EVENT reset count=2 version=2", "PUSHED ROSTER count=2 version=2 next=0: 1 ana, 2 ben",
                       "EVENT joined 3 carl count=3 version=3"});
  advance(snapshot_life);
  join("dora");
  watch("dora", 0);
  EXPECT_EQ(client("dora").heard.front(), "EVENT reset count=4 version=4");
}

TEST_F(WatchTest, ButNotWithoutAllThatCameAfterIt) {
  for (const char* who : {"ana", "ben"}) join(who);
  watch("ana", 0);
  churn(changes_kept + 2);
  advance(snapshot_pause);
  watch("ben", 0);
  expect_heard("ben", {"EVENT reset count=2 version=4100", "PUSHED ROSTER count=2 version=4100 next=0: 1 ana, 2 ben"});
}

TEST_F(WatchTest, ALargeRosterTakesSeveralPages) {
  for (int i = 0; i < page_entries_max + 1; ++i) join("client " + std::to_string(i));
  watch("client 0", 0);
  const Lines& heard = client("client 0").heard;
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_EQ(heard[0], "EVENT reset count=501 version=501");
  EXPECT_TRUE(heard[1].starts_with("PUSHED ROSTER count=501 version=501 next=500: 1 client 0, 2 client 1,"));
  EXPECT_EQ(heard[2], "PUSHED ROSTER count=501 version=501 next=0: 501 client 500");
}

// "error 23, when there are as many watchers as there may be"
TEST_F(WatchTest, S7_Error23) {
  limits.strangers_max = 10;
  for (std::size_t i = 0; i <= watchers_max; ++i) join("client " + std::to_string(i));
  for (std::size_t i = 0; i < watchers_max; ++i) watch("client " + std::to_string(i), watchers_max + 1);
  const std::string one_more = "client " + std::to_string(watchers_max);
  watch(one_more, 0);
  expect_heard(one_more, {"ERROR 23 WATCHERS_FULL id=0"});
  expect_refused(Refusal::over_bound, 1);
  bye("client 0");
  client(one_more).heard.clear();
  watch(one_more, watchers_max + 1);
  expect_heard(one_more, {"EVENT left 1 client 0 goodbye count=64 version=66"});
}

// Section 4.5: "Whoever comes back to a session says WATCH again, from the version that it was told last"
TEST_F(WatchTest, S4_4_WhoComesBackMissesNothing) {
  connect("ana");
  hello("ana");
  const auto welcome = std::get<wire::Welcome>(wire::decode_server_message(last["ana"]));
  watch("ana", 1);
  disconnect("ana");
  churn(2);
  connect("ana again");
  message("ana again", wire::Hello{"ana", welcome.token, {}});
  watch("ana again", 1);
  expect_heard("ana again", {"RESUMED WELCOME count=1 version=5", "EVENT left 1 ana disconnected count=0 version=2",
                             "EVENT joined 2 guest count=1 version=3", "EVENT left 2 guest goodbye count=0 version=4",
                             "EVENT joined 3 ana count=1 version=5"});
}

TEST_F(WatchTest, WhoLeftIsToldNothing) {
  join("ana");
  watch("ana", 1);
  disconnect("ana");
  churn(2);
  expect_heard("ana", {});
  EXPECT_EQ(server().watchers(), 0U);
}

TEST_F(WatchTest, WhatIsPushedHasADelimiterWhenTheLastMessageHadOne) {
  join("req");
  client("req").delimited = true;
  watch("req", 0);
  churn(2);
  for (const std::string& line : client("req").heard) EXPECT_TRUE(line.starts_with("[] ")) << line;
  EXPECT_EQ(heard_by("req"), 4U);
}

}  // namespace
}  // namespace rollcall::core
