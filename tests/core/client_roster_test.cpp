// The client's side of ROSTER queries and WATCH: PROTOCOL.md section 4.4.
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "core/client_core.hpp"
#include "support/encoded.hpp"

namespace rollcall::core {
namespace {

using test::encoded;
using Sessions = std::initializer_list<std::uint64_t>;
using Lines = std::vector<std::string>;

std::string text(std::uint64_t number) { return std::to_string(number); }

std::string sessions_of(const std::vector<ClientRosterEntry>& entries) {
  std::string all;
  for (const ClientRosterEntry& entry : entries) all += " " + text(entry.session);
  return all;
}

std::string line_of(const ClientSend& send) {
  const auto message = wire::decode_client_message(send.part);
  if (const auto* query = std::get_if<wire::RosterQuery>(&message)) return "query " + text(query->cursor);
  const auto* watch = std::get_if<wire::Watch>(&message);
  if (watch == nullptr) return std::holds_alternative<wire::Bye>(message) ? "bye" : "other message";
  return watch->stop ? "watch stop" : "watch " + text(watch->from_version);
}
std::string line_of(const ClientRoster& roster) {
  return "roster for " + text(roster.asked) + ", version " + text(roster.version) + ":" + sessions_of(roster.entries);
}
std::string line_of(const ClientRosterFailed& failed) {
  return "no roster for " + text(failed.asked) + ": " + std::string(wire::error_name(failed.code));
}
std::string line_of(const ClientReset& reset) {
  return "version " + text(reset.version) + ":" + sessions_of(reset.entries);
}
std::string line_of(const ClientChange& change) {
  return (change.kind == wire::EventKind::joined ? "joined " : "left ") + text(change.session) + ", version " +
         text(change.version) + ", count " + text(change.count);
}
std::string line_of(const ClientWatchFailed& failed) {
  return "no watch: " + std::string(wire::error_name(failed.code));
}
std::string line_of(const ClientRosterPaused&) { return "paused"; }
std::string line_of(const ClientWelcomed&) { return "welcomed"; }
std::string line_of(const ClientLost&) { return "lost"; }
std::string line_of(const ClientReconnect&) { return "reconnect"; }
std::string line_of(const ClientClosed&) { return "closed"; }
std::string line_of(const ClientClosing&) { return "closing"; }
std::string line_of(const ClientCounted&) { return "counted"; }
std::string line_of(const ClientOutcome&) { return "outcome"; }

Lines lines(ClientCore::Effects effects) {
  Lines all;
  for (const ClientEffect& effect : effects) {
    all.push_back(std::visit([](const auto& each) { return line_of(each); }, effect));
  }
  return all;
}

std::string welcome(bool resumed) {
  wire::Welcome message;
  message.resumed = resumed;
  message.window = 4;
  message.max_message_bytes = 4096;
  return encoded(message);
}

/// A page with these sessions.
std::string page(bool pushed, std::uint64_t version, Sessions sessions, std::uint64_t next, std::uint32_t count,
                 const std::string& address = "127.0.0.1:1") {
  std::string entries;
  for (const std::uint64_t session : sessions) {
    wire::pack_item(wire::RosterEntry{session, 10 * session, 2, 3, "name", address}, entries);
  }
  return encoded(wire::Roster{pushed, version, count, next, {entries, static_cast<std::uint16_t>(sessions.size())}});
}
std::string answer(std::uint64_t version, Sessions sessions, std::uint64_t next = 0) {
  return page(false, version, sessions, next, 5);
}
std::string snapshot(std::uint64_t version, Sessions sessions, std::uint64_t next, std::uint32_t count) {
  return page(true, version, sessions, next, count);
}
std::string reset(std::uint64_t version, std::uint32_t count) {
  return encoded(wire::Event{wire::EventKind::reset, wire::LeaveReason::none, 0, count, version, {}, {}});
}
std::string joined(std::uint64_t session, std::uint64_t version, std::uint32_t count = 3) {
  return encoded(
      wire::Event{wire::EventKind::joined, wire::LeaveReason::none, session, count, version, "bia", "10.0.0.2:7"});
}
std::string left(std::uint64_t session, std::uint64_t version, std::uint32_t count = 2) {
  return encoded(
      wire::Event{wire::EventKind::left, wire::LeaveReason::timed_out, session, count, version, "bia", "10.0.0.2:7"});
}
std::string error(wire::ErrorCode code, std::string_view why) { return encoded(wire::Error{0, code, why}); }

class ClientRosterTest : public ::testing::Test {
 protected:
  void be_ready() {
    core_.connected();
    core_.received(welcome(false));
  }
  Lines hear(const std::string& part) { return lines(core_.received(part)); }
  Lines come_back(bool resumed) {
    core_.lost();
    core_.connected();
    return hear(welcome(resumed));
  }
  /// Sessions 1 and 2 are here, at version 10.
  void be_watching() {
    be_ready();
    core_.watch();
    hear(reset(10, 2));
    ASSERT_EQ(hear(snapshot(10, {1, 2}, 0, 2)), (Lines{"version 10: 1 2", "watch 10"}));
  }
  ClientCore core_{"ana"};
};

TEST_F(ClientRosterTest, FollowsThePagesToTheLast) {
  be_ready();
  EXPECT_EQ(lines(core_.roster(1)), Lines{"query 0"});
  EXPECT_EQ(hear(answer(7, {1, 3}, 3)), Lines{"query 3"});
  EXPECT_EQ(hear(answer(8, {4}, 4)), Lines{"query 4"});
  const auto effects = core_.received(answer(9, {9}));
  ASSERT_EQ(lines(effects), Lines{"roster for 1, version 9: 1 3 4 9"});
  const auto& roster = std::get<ClientRoster>(effects[0]);
  EXPECT_EQ(roster.count, 5U);
  EXPECT_EQ(roster.entries[1].since_unix_ms, 30U);
  EXPECT_EQ(roster.entries[1].requests, 2U);
  EXPECT_EQ(roster.entries[1].idle_ms, 3U);
  EXPECT_EQ(roster.entries[1].name, "name");
  EXPECT_EQ(roster.entries[1].address, "127.0.0.1:1");
  EXPECT_EQ(hear(answer(9, {9})), Lines{}) << "nobody has asked for it";
}

TEST_F(ClientRosterTest, TheLastPageMayBeEmpty) {
  be_ready();
  core_.roster(1);
  hear(answer(7, {1}, 1));
  EXPECT_EQ(hear(answer(8, {})), Lines{"roster for 1, version 8: 1"});
}

TEST_F(ClientRosterTest, AsksWhenItIsWelcome) {
  EXPECT_EQ(lines(core_.roster(1)), Lines{});
  core_.connected();
  EXPECT_EQ(hear(welcome(false)), (Lines{"welcomed", "query 0"}));
}

TEST_F(ClientRosterTest, WhoAsksMeanwhileGetsTheNextOne) {
  be_ready();
  core_.roster(1);
  EXPECT_EQ(lines(core_.roster(2)), Lines{});
  EXPECT_EQ(lines(core_.roster(3)), Lines{});
  EXPECT_EQ(hear(answer(7, {1})), (Lines{"roster for 1, version 7: 1", "query 0"}));
  EXPECT_EQ(hear(answer(8, {2})), Lines{"roster for 3, version 8: 2"});
}

TEST_F(ClientRosterTest, AsksFromTheStartAfterALoss) {
  for (const bool resumed : {false, true}) {
    ClientCore core("ana");
    core.connected();
    core.received(welcome(false));
    core.roster(1);
    core.received(answer(7, {1, 3}, 3));
    EXPECT_EQ(lines(core.lost()), (Lines{"lost", "reconnect"}));
    core.connected();
    EXPECT_EQ(lines(core.received(welcome(resumed))), (Lines{"welcomed", "query 0"}));
    EXPECT_EQ(lines(core.received(answer(9, {2}))), Lines{"roster for 1, version 9: 2"});
  }
}

TEST_F(ClientRosterTest, ABusyServerIsAskedForTheRestLater) {
  be_ready();
  core_.roster(1);
  hear(answer(7, {1}, 1));
  EXPECT_EQ(hear(error(wire::ErrorCode::busy, "something else")), Lines{});
  EXPECT_EQ(lines(core_.go_on_listing()), Lines{}) << "it has not stopped";
  EXPECT_EQ(hear(error(wire::ErrorCode::busy, "ROSTER queries: too many")), Lines{"paused"});
  EXPECT_EQ(lines(core_.roster(2)), Lines{});
  EXPECT_EQ(lines(core_.go_on_listing()), Lines{"query 1"});
  EXPECT_EQ(lines(core_.go_on_listing()), Lines{});
  EXPECT_EQ(hear(answer(8, {2})), (Lines{"roster for 1, version 8: 1 2", "query 0"}));
  EXPECT_EQ(hear(error(wire::ErrorCode::busy, "ROSTER queries: too many")), Lines{"paused"});
  EXPECT_EQ(come_back(true), (Lines{"welcomed", "query 0"}));
  EXPECT_EQ(lines(core_.go_on_listing()), Lines{});
}

TEST_F(ClientRosterTest, PagesThatDoNotFollowEachOtherAreNoRoster) {
  const std::vector<std::string> bad = {
      answer(7, {2, 1}),     // not rising
      answer(7, {1, 1}),     // twice
      answer(7, {1, 2}, 1),  // the next page would have 2 again
      answer(7, {1, 2}, 3),  // and leave out who is in between
      answer(7, {}, 1),      // goes on without getting any further
  };
  be_ready();
  for (std::size_t i = 0; i < bad.size(); ++i) {
    core_.roster(i + 1);
    EXPECT_EQ(hear(bad[i]), Lines{"no roster for " + text(i + 1) + ": INVALID_VALUE"}) << i;
  }
  core_.roster(10);
  hear(answer(7, {4}, 4));
  EXPECT_EQ(hear(answer(7, {4, 5})), Lines{"no roster for 10: INVALID_VALUE"}) << "the page again";
}

TEST_F(ClientRosterTest, ARosterBeyondAllBoundsIsNone) {
  be_ready();
  core_.roster(1);
  const std::string address(65'535, 'x');
  std::uint64_t session = 0;
  Lines heard = {"query"};
  while (heard.size() == 1 && heard[0].starts_with("query") && session < 2 * roster_bytes_max / address.size()) {
    session += 2;
    heard = hear(page(false, 7, {session - 1, session}, session, 1, address));
  }
  EXPECT_EQ(heard, Lines{"no roster for 1: TOO_LARGE"});
  EXPECT_GT(session, roster_bytes_max / address.size() / 2);
  EXPECT_EQ(hear(answer(8, {session + 1})), Lines{});
}

TEST_F(ClientRosterTest, TheEndAnswersWhoStillWaits) {
  be_ready();
  core_.roster(1);
  core_.roster(2);
  EXPECT_EQ(lines(core_.leave()), (Lines{"no roster for 2: SESSION_ENDED", "bye"}));
  EXPECT_EQ(hear(encoded(wire::Closing{wire::ClosingReason::goodbye, 0, "bye"})), Lines{"closed"});
  EXPECT_EQ(lines(core_.roster(3)), Lines{"no roster for 3: SESSION_ENDED"});
}

TEST_F(ClientRosterTest, AServerThatKnowsNeitherIsNotAskedAgain) {
  be_ready();
  core_.watch();
  core_.roster(1);
  EXPECT_EQ(hear(error(wire::ErrorCode::unsupported, "not here")),
            (Lines{"no watch: UNSUPPORTED", "no roster for 1: UNSUPPORTED"}));
  EXPECT_EQ(come_back(true), Lines{"welcomed"});
}

TEST_F(ClientRosterTest, WatchesFromASnapshotOn) {
  be_ready();
  EXPECT_EQ(lines(core_.watch()), Lines{"watch 0"});
  EXPECT_EQ(lines(core_.watch()), Lines{});
  EXPECT_EQ(hear(reset(10, 3)), Lines{});
  EXPECT_EQ(hear(snapshot(10, {1, 2}, 2, 3)), Lines{});
  EXPECT_EQ(hear(snapshot(10, {5}, 0, 3)), (Lines{"version 10: 1 2 5", "watch 10"}));
  EXPECT_EQ(hear(joined(6, 11, 4)), Lines{"joined 6, version 11, count 4"});
  const auto effects = core_.received(left(2, 12));
  ASSERT_EQ(lines(effects), Lines{"left 2, version 12, count 2"});
  const auto& change = std::get<ClientChange>(effects[0]);
  EXPECT_EQ(change.reason, wire::LeaveReason::timed_out);
  EXPECT_EQ(change.name, "bia");
  EXPECT_EQ(change.address, "10.0.0.2:7");
}

TEST_F(ClientRosterTest, AnAnswerToAQueryIsNoPartOfASnapshot) {
  be_ready();
  core_.watch();
  core_.roster(1);
  hear(reset(10, 3));
  hear(snapshot(10, {1, 2}, 2, 3));
  EXPECT_EQ(hear(answer(9, {1, 2})), Lines{"roster for 1, version 9: 1 2"});
  EXPECT_EQ(hear(snapshot(10, {5}, 0, 3)), (Lines{"version 10: 1 2 5", "watch 10"}));
}

TEST_F(ClientRosterTest, AcknowledgesBeforeTheServerHasToWait) {
  be_watching();
  std::uint64_t last_acknowledged = 10;
  for (std::uint64_t version = 11; version < 1000; ++version) {
    const Lines heard = hear(joined(version, version));
    if (heard.size() > 1) {
      EXPECT_EQ(heard[1], "watch " + text(version));
      last_acknowledged = version;
    }
    ASSERT_LE(version - last_acknowledged, 127U);
  }
  EXPECT_EQ(last_acknowledged, 10U + 7 * 128);
}

TEST_F(ClientRosterTest, GoesOnInASessionThatGoesOn) {
  be_watching();
  hear(joined(3, 11));
  EXPECT_EQ(lines(core_.lost()), (Lines{"lost", "reconnect"}));
  core_.connected();
  EXPECT_EQ(hear(welcome(true)), (Lines{"welcomed", "watch 11"}));
  EXPECT_EQ(hear(left(1, 12)), Lines{"left 1, version 12, count 2"});
  EXPECT_EQ(hear(reset(20, 1)), Lines{}) << "the server does not have them all any more";
  EXPECT_EQ(hear(snapshot(20, {9}, 0, 1)), (Lines{"version 20: 9", "watch 20"}));
}

TEST_F(ClientRosterTest, BeginsAnewInAnotherSession) {
  be_watching();
  EXPECT_EQ(come_back(false), (Lines{"welcomed", "watch 0"}));
  EXPECT_EQ(hear(joined(3, 11)), Lines{}) << "no change before the snapshot";
  // Nor does the version come back with the one after it.
  EXPECT_EQ(come_back(true), (Lines{"welcomed", "watch 0"}));
}

TEST_F(ClientRosterTest, ASnapshotThatWasCutOffIsAskedForAgain) {
  be_ready();
  core_.watch();
  hear(reset(10, 3));
  hear(snapshot(10, {1, 2}, 2, 3));
  EXPECT_EQ(come_back(true), (Lines{"welcomed", "watch 0"}));
  EXPECT_EQ(hear(snapshot(10, {5}, 0, 3)), Lines{});
  hear(reset(11, 1));
  EXPECT_EQ(hear(snapshot(11, {5}, 0, 1)), (Lines{"version 11: 5", "watch 11"}));
}

TEST_F(ClientRosterTest, AServerThatLeavesOutAVersionIsAskedForAllOfIt) {
  for (const std::string& bad : {joined(3, 12), joined(3, 10), left(1, 9)}) {
    ClientCore core("ana");
    core.connected();
    core.received(welcome(false));
    core.watch();
    core.received(reset(10, 1));
    core.received(snapshot(10, {1}, 0, 1));
    EXPECT_EQ(lines(core.received(bad)), Lines{"watch 0"});
    EXPECT_EQ(lines(core.received(joined(4, 11))), Lines{});
    core.received(reset(13, 1));
    EXPECT_EQ(lines(core.received(snapshot(13, {4}, 0, 1))), (Lines{"version 13: 4", "watch 13"}));
  }
}

TEST_F(ClientRosterTest, ASnapshotThatDoesNotFitTogetherIsAskedForAgain) {
  const std::vector<std::string> bad = {
      snapshot(11, {5}, 0, 3),     // of another version
      snapshot(10, {5, 6}, 0, 4),  // of another count
      snapshot(10, {5, 6}, 0, 3),  // more than there are
      snapshot(10, {}, 0, 3),      // fewer
      snapshot(10, {2}, 0, 3),     // somebody again
      joined(5, 11),               // the rest is left out
  };
  for (const std::string& part : bad) {
    ClientCore core("ana");
    core.connected();
    core.received(welcome(false));
    core.watch();
    core.received(reset(10, 3));
    core.received(snapshot(10, {1, 2}, 2, 3));
    EXPECT_EQ(lines(core.received(part)), Lines{"watch 0"}) << &part - bad.data();
    EXPECT_EQ(lines(core.received(snapshot(10, {5}, 0, 3))), Lines{});
  }
}

TEST_F(ClientRosterTest, TooManyToHoldEndWatching) {
  be_ready();
  core_.watch();
  EXPECT_EQ(hear(reset(10, roster_entries_max)), Lines{});
  EXPECT_EQ(hear(reset(11, roster_entries_max + 1)), (Lines{"watch stop", "no watch: TOO_LARGE"}));
  EXPECT_EQ(hear(snapshot(11, {1}, 0, 1)), Lines{});
  EXPECT_EQ(lines(core_.watch()), Lines{"watch 0"});
}

TEST_F(ClientRosterTest, AsManyWatchersAsThereMayBe) {
  be_ready();
  core_.watch();
  EXPECT_EQ(hear(error(wire::ErrorCode::watchers_full, "64 watch already")), Lines{"no watch: WATCHERS_FULL"});
  EXPECT_EQ(lines(core_.unwatch()), Lines{});
  EXPECT_EQ(come_back(true), Lines{"welcomed"});
}

TEST_F(ClientRosterTest, StopsWatching) {
  be_watching();
  EXPECT_EQ(lines(core_.unwatch()), Lines{"watch stop"});
  EXPECT_EQ(lines(core_.unwatch()), Lines{});
  EXPECT_EQ(hear(joined(3, 11)), Lines{}) << "on its way when it stopped";
  EXPECT_EQ(lines(core_.watch()), Lines{"watch 0"});
  EXPECT_EQ(hear(joined(4, 12)), Lines{});
  core_.lost();
  EXPECT_EQ(lines(core_.unwatch()), Lines{}) << "nobody to say it to";
  core_.connected();
  EXPECT_EQ(hear(welcome(true)), Lines{"welcomed"});
}

TEST_F(ClientRosterTest, WatchesWhileTheServerCloses) {
  be_watching();
  EXPECT_EQ(hear(encoded(wire::Closing{wire::ClosingReason::draining, 5000, "bye"})), Lines{"closing"});
  EXPECT_EQ(hear(left(1, 11)), Lines{"left 1, version 11, count 2"});
  EXPECT_EQ(lines(core_.roster(1)), Lines{}) << "for the next connection";
}

TEST_F(ClientRosterTest, WhatNobodyAskedForIsIgnored) {
  core_.connected();
  EXPECT_EQ(hear(reset(10, 3)), Lines{});
  core_.received(welcome(false));
  EXPECT_EQ(hear(reset(10, 3)), Lines{});
  EXPECT_EQ(hear(snapshot(10, {1, 2}, 0, 2)), Lines{});
  EXPECT_EQ(hear(joined(3, 11)), Lines{});
  EXPECT_EQ(hear(answer(1, {1})), Lines{});
}

}  // namespace
}  // namespace rollcall::core
