// Who is here, by the public API: a Server and Clients in one process, on a real port.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "rollcall/client.hpp"
#include "support/running_server.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using test::RunningServer;

constexpr auto deadline = 60s;

std::vector<std::string> names(const Roster& roster) {
  std::vector<std::string> all;
  for (const RosterEntry& entry : roster.entries) all.push_back(entry.name);
  return all;
}

/// The next RosterEvent; all else before it is dropped.
std::optional<RosterEvent> next_roster_event(Client& client) {
  while (auto happening = client.next(deadline)) {
    if (auto* event = std::get_if<RosterEvent>(&*happening)) return std::move(*event);
  }
  return std::nullopt;
}

TEST(ClientRoster, WhoIsHere) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  Client bia({server.endpoint(), "bia"});
  bia.connect(deadline);
  ana.ask("oi", deadline);
  const Roster roster = bia.roster(deadline);
  EXPECT_EQ(roster.count, 2U);
  EXPECT_EQ(roster.version, 2U);
  ASSERT_EQ(names(roster), (std::vector<std::string>{"ana", "bia"}));
  EXPECT_EQ(roster.entries[0].requests, 1U);
  EXPECT_EQ(roster.own_session, roster.entries[1].session);
  EXPECT_EQ(roster.entries[0].address.find("127.0.0.1:"), 0U) << roster.entries[0].address;
  const auto age = std::chrono::system_clock::now() - roster.entries[0].since;
  EXPECT_GT(age, -1s);
  EXPECT_LT(age, deadline);
  EXPECT_LT(roster.entries[0].idle, deadline);
}

TEST(ClientRoster, ManyMayAskAtOnce) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  std::vector<std::future<Roster>> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(std::async(std::launch::async, [&] { return ana.roster(deadline); }));
  for (auto& answer : answers) EXPECT_EQ(names(answer.get()), std::vector<std::string>{"ana"});
}

TEST(ClientRoster, ThereIsNoneWithoutAServer) {
  Client ana({"tcp://127.0.0.1:1", "ana"});
  try {
    ana.roster(50ms);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::timeout);
  }
  auto waiting = std::async(std::launch::async, [&] { return ana.roster(deadline); });
  EXPECT_TRUE(ana.leave(deadline));
  try {
    waiting.get();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::refused);
  }
}

TEST(ClientRoster, AWatcherIsToldEveryChangeOnce) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  ana.watch();
  auto event = next_roster_event(ana);
  ASSERT_TRUE(event);
  ASSERT_EQ(event->kind, RosterEvent::Kind::reset);
  EXPECT_EQ(names(event->roster), std::vector<std::string>{"ana"});
  EXPECT_EQ(event->roster.own_session, event->roster.entries[0].session);
  std::uint64_t version = event->roster.version;
  for (int i = 0; i < 300; ++i) {  // more than the server tells without an acknowledgement
    const std::string name = "bia " + std::to_string(i);
    Client bia({server.endpoint(), name});
    bia.connect(deadline);
    EXPECT_TRUE(bia.leave(deadline));
    for (const auto kind : {RosterEvent::Kind::joined, RosterEvent::Kind::left}) {
      event = next_roster_event(ana);
      ASSERT_TRUE(event);
      ASSERT_EQ(event->kind, kind);
      EXPECT_EQ(event->change.version, ++version);
      EXPECT_EQ(event->change.name, name);
      EXPECT_EQ(event->change.count, kind == RosterEvent::Kind::joined ? 2U : 1U);
      EXPECT_EQ(event->change.reason, kind == RosterEvent::Kind::joined ? "" : "goodbye");
    }
  }
}

TEST(ClientRoster, WhoDoesNotReadGetsAResetInsteadOfThousandsOfChanges) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  ana.watch();
  ASSERT_EQ(next_roster_event(ana)->kind, RosterEvent::Kind::reset);
  constexpr int visits = 2500;  // each is two changes
  for (int i = 0; i < visits; i += 50) {
    std::vector<std::unique_ptr<Client>> visitors;
    for (int j = 0; j < 50; ++j) visitors.push_back(std::make_unique<Client>(ClientConfig{server.endpoint(), "bia"}));
    for (auto& visitor : visitors) visitor->connect(deadline);
    for (auto& visitor : visitors) EXPECT_TRUE(visitor->leave(deadline));
  }
  const std::uint64_t last = 1 + 2 * visits;
  auto event = next_roster_event(ana);
  ASSERT_TRUE(event);
  ASSERT_EQ(event->kind, RosterEvent::Kind::reset) << "the changes that it did not read are gone";
  std::uint64_t version = event->roster.version;
  EXPECT_GT(version, 4096U);
  while (version < last) {
    event = next_roster_event(ana);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->change.version, ++version);
  }
}

TEST(ClientRoster, NothingIsToldAfterItStops) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  ana.watch();
  ASSERT_EQ(next_roster_event(ana)->kind, RosterEvent::Kind::reset);
  Client bia({server.endpoint(), "bia"});
  bia.connect(deadline);
  ASSERT_EQ(next_roster_event(ana)->kind, RosterEvent::Kind::joined);
  EXPECT_TRUE(bia.leave(deadline));
  ana.unwatch();
  ana.ask("whatever was on its way comes before the answer", deadline);
  while (const auto happening = ana.next(0ms)) EXPECT_FALSE(std::holds_alternative<RosterEvent>(*happening));
  ana.watch();
  EXPECT_EQ(next_roster_event(ana)->kind, RosterEvent::Kind::reset);
}

}  // namespace
}  // namespace rollcall
