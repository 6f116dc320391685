// What a Server says of itself, by a real one and real clients.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "rollcall/client.hpp"
#include "rollcall/server.hpp"
#include "support/running_server.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;
using test::RunningServer;
using Status = std::shared_ptr<const ServerStatus>;

constexpr auto deadline = 60s;

/// The first status of which `condition` holds; the last one, when the deadline is over.
template <typename Condition>
Status wait_status(const Server& server, Condition&& condition) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (true) {
    auto status = server.status(0, deadline);
    if (status && condition(*status)) return status;  // there is none until it runs
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "no such status";
      return status;
    }
    std::this_thread::yield();
  }
}

std::uint64_t count_of(const std::vector<Tally>& tallies, std::string_view name) {
  for (const Tally& tally : tallies) {
    if (tally.name == name) return tally.count;
  }
  return 0;
}

/// A handler that waits until it is let go.
class Gate {
 public:
  Handler handler() {
    return [this](const Request& request) {
      opened_.wait();
      return std::string(request.body);
    };
  }
  void open() { open_.set_value(); }

 private:
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

TEST(ServerStatus, BeforeItRunsThereIsNone) {
  ServerConfig config;
  config.endpoints = {"tcp://127.0.0.1:*"};
  const Server server(config);
  EXPECT_EQ(server.status(0, 1h), nullptr);
  EXPECT_EQ(server.roster(1h), nullptr);
}

TEST(ServerStatus, WhenItHasEndedTheLastOneStays) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  Client ben({server.endpoint(), "ben"});
  ben.connect(deadline);
  EXPECT_TRUE(ben.leave(deadline));
  server.stop();
  const auto status = server.get().status(0, 1h);
  ASSERT_NE(status, nullptr);
  EXPECT_TRUE(status->draining);
  EXPECT_EQ(status->count, 0U);
  EXPECT_EQ(status->joins, 2U);
  EXPECT_EQ(status->version, 4U);
  EXPECT_EQ(count_of(status->leaves, "goodbye"), 1U);
  EXPECT_EQ(count_of(status->leaves, "drained"), 1U);
  EXPECT_EQ(server.get().roster(1h)->entries.size(), 0U);
}

TEST(ServerStatus, CountsWhatIsThere) {
  Gate gate;
  ServerConfig config;
  config.workers = 1;
  config.window = 3;
  config.clients_max = 7;
  const auto before = std::chrono::system_clock::now();
  RunningServer server(gate.handler(), config);
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  const auto idle = wait_status(server.get(), [](const ServerStatus& s) { return s.workers == 1; });
  EXPECT_GE(idle->started, before);
  EXPECT_LE(idle->started, std::chrono::system_clock::now());
  EXPECT_EQ(idle->workers_busy, 0U);
  EXPECT_EQ(idle->unanswered, 0U);
  EXPECT_EQ(idle->unanswered_bytes, 0U);
  EXPECT_EQ(idle->count, 1U);
  EXPECT_EQ(idle->version, 1U);
  EXPECT_EQ(idle->clients_max, 7U);
  EXPECT_EQ(idle->window, 3U);
  EXPECT_EQ(idle->unanswered_bytes_max, config.total_queue_bytes_max);
  EXPECT_EQ(idle->unread_bytes_max, config.total_unread_bytes_max);
  EXPECT_FALSE(idle->draining);
  for (int i = 0; i < 3; ++i) ana.send(std::string(10'000, 'x'));
  const auto busy = wait_status(server.get(), [](const ServerStatus& s) { return s.unanswered == 3; });
  EXPECT_EQ(busy->requests, 3U);
  EXPECT_EQ(busy->replies, 0U);
  EXPECT_GE(busy->unanswered_bytes, 30'000U);
  EXPECT_EQ(busy->workers, 1U);
  EXPECT_EQ(busy->workers_busy, 1U);
  EXPECT_EQ(busy->handlers_hung, 0U);
  gate.open();
  const auto done = wait_status(server.get(), [](const ServerStatus& s) { return s.replies == 3; });
  EXPECT_EQ(done->unanswered, 0U);
  EXPECT_EQ(done->unanswered_bytes, 0U);
  EXPECT_EQ(done->workers_busy, 0U);
}

TEST(ServerStatus, CountsHungHandlersAndErrors) {
  Gate gate;
  ServerConfig config;
  config.workers = 2;
  config.handler_timeout = 20ms;
  RunningServer server(gate.handler(), config);
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  EXPECT_EQ(ana.ask("never", deadline).code_name, "HANDLER_TIMEOUT");
  const auto hung = wait_status(server.get(), [](const ServerStatus& s) { return s.workers == 2; });
  EXPECT_EQ(hung->handlers_hung, 1U);
  EXPECT_EQ(hung->workers_busy, 0U);
  EXPECT_EQ(hung->replies, 1U);
  ASSERT_EQ(hung->errors.size(), 1U);
  EXPECT_EQ(hung->errors[0].name, "HANDLER_TIMEOUT");
  EXPECT_EQ(hung->errors[0].count, 1U);
  gate.open();
  const auto back = wait_status(server.get(), [](const ServerStatus& s) { return s.handlers_hung == 0; });
  EXPECT_EQ(back->workers, 2U);
}

TEST(ServerStatus, SaysThatItDrains) {
  Gate gate;
  RunningServer server(gate.handler());
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  ana.send("work");
  wait_status(server.get(), [](const ServerStatus& s) { return s.unanswered == 1; });
  std::thread stopping([&] { server.stop(); });
  wait_status(server.get(), [](const ServerStatus& s) { return s.draining; });
  gate.open();
  stopping.join();
}

TEST(ServerStatus, TheRosterTellsWhoIsHere) {
  RunningServer server;
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  Client ben({server.endpoint(), "ben"});
  ben.connect(deadline);
  for (int i = 0; i < 3; ++i) ben.ask("oi", deadline);
  const auto roster = server.get().roster(deadline);
  ASSERT_NE(roster, nullptr);
  EXPECT_EQ(roster->version, 2U);
  ASSERT_EQ(roster->entries.size(), 2U);
  EXPECT_EQ(roster->entries[0].name, "ana");
  EXPECT_EQ(roster->entries[0].session, 1U);
  EXPECT_EQ(roster->entries[1].name, "ben");
  EXPECT_EQ(roster->entries[1].session, 2U);
  EXPECT_EQ(roster->entries[1].requests, 3U);
  const auto now = std::chrono::system_clock::now();
  for (const RosterEntry& entry : roster->entries) {
    EXPECT_EQ(entry.address.rfind("127.0.0.1:", 0), 0U) << entry.address;
    EXPECT_LE(entry.since, now);
    EXPECT_GE(entry.since, now - deadline);
    EXPECT_GE(entry.idle, 0ms);
    EXPECT_LT(entry.idle, deadline);
  }
  EXPECT_EQ(server.get().roster(deadline), roster) << "one a second, for all who ask";
}

TEST(ServerStatus, ManyThreadsMayAskWhileClientsComeAndGo) {
  RunningServer server;
  Client({server.endpoint(), "first"}).connect(deadline);  // so it runs
  wait_status(server.get(), [](const ServerStatus& s) { return s.version == 2; });
  std::atomic<bool> ends{false};
  std::vector<std::thread> asking;
  for (int t = 0; t < 4; ++t) {
    asking.emplace_back([&] {
      std::uint64_t version = 0;
      while (!ends) {
        const auto status = server.get().status(version, deadline);
        ASSERT_NE(status, nullptr);
        ASSERT_GE(status->version, version);
        version = status->version;
        std::uint64_t left = 0;
        for (const Tally& tally : status->leaves) left += tally.count;
        ASSERT_EQ(status->joins - left, status->count);
        const auto roster = server.get().roster(deadline);
        ASSERT_NE(roster, nullptr);
        ASSERT_LE(roster->entries.size(), 3U);
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    Client ana({server.endpoint(), "ana"});
    ana.connect(deadline);
    EXPECT_EQ(ana.ask("oi", deadline).kind, Outcome::Kind::reply);
    EXPECT_TRUE(ana.leave(deadline));
  }
  ends = true;
  for (std::thread& thread : asking) thread.join();
  wait_status(server.get(), [](const ServerStatus& s) { return s.joins == 51 && s.count == 0; });
}

std::string line_of(const RosterChange& change) {
  const bool joined = change.kind == RosterChange::Kind::joined;
  return std::to_string(change.version) + (joined ? " joined " : " left ") + change.name + " " +
         std::to_string(change.session) + " count=" + std::to_string(change.count) +
         (joined ? "" : " " + std::string(change.reason));
}

std::vector<std::string> lines_of(const std::vector<RosterChange>& changes) {
  std::vector<std::string> lines;
  for (const RosterChange& change : changes) lines.push_back(line_of(change));
  return lines;
}

TEST(ServerStatus, TellsTheChangesAfterAVersion) {
  RunningServer server;
  const auto before = std::chrono::system_clock::now();
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  Client ben({server.endpoint(), "ben"});
  ben.connect(deadline);
  EXPECT_TRUE(ana.leave(deadline));
  const auto all = wait_status(server.get(), [](const ServerStatus& s) { return s.version == 3; });
  EXPECT_EQ(lines_of(all->changes), (std::vector<std::string>{"1 joined ana 1 count=1", "2 joined ben 2 count=2",
                                                              "3 left ana 1 count=1 goodbye"}));
  EXPECT_FALSE(all->changes_lost);
  for (const RosterChange& change : all->changes) {
    EXPECT_EQ(change.address.rfind("127.0.0.1:", 0), 0U) << change.address;
    EXPECT_GE(change.time, before);
    EXPECT_LE(change.time, std::chrono::system_clock::now());
  }
  EXPECT_EQ(lines_of(server.get().status(2, deadline)->changes),
            std::vector<std::string>{"3 left ana 1 count=1 goodbye"});
  EXPECT_TRUE(server.get().status(3, deadline)->changes.empty());
  const auto beyond = server.get().status(1000, deadline);
  EXPECT_TRUE(beyond->changes.empty());
  EXPECT_FALSE(beyond->changes_lost);
  EXPECT_TRUE(ben.leave(deadline));
  server.stop();
  EXPECT_EQ(lines_of(server.get().status(2, deadline)->changes),
            (std::vector<std::string>{"3 left ana 1 count=1 goodbye", "4 left ben 2 count=0 goodbye"}));
}

TEST(ServerStatus, SaysWhenChangesAreLost) {
  RunningServer server;
  constexpr std::uint64_t kept = 4096;
  for (std::uint64_t version = 0; version < kept + 10; version += 2) {
    Client ben({server.endpoint(), "ben"});
    ben.connect(deadline);
    EXPECT_TRUE(ben.leave(deadline));
  }
  const auto status = wait_status(server.get(), [](const ServerStatus& s) { return s.version == kept + 10; });
  EXPECT_TRUE(status->changes_lost);
  ASSERT_EQ(status->changes.size(), kept);
  EXPECT_EQ(status->changes.front().version, 11U);
  EXPECT_FALSE(server.get().status(10, deadline)->changes_lost);
  EXPECT_TRUE(server.get().status(9, deadline)->changes_lost);
}

TEST(ServerStatus, MeasuresHandlersAndReplies) {
  RunningServer server([](const Request& request) {
    const auto end = std::chrono::steady_clock::now() + (request.body == "slow" ? 30ms : 0ms);
    while (std::chrono::steady_clock::now() < end) continue;
    return std::string(request.body);
  });
  Client ana({server.endpoint(), "ana"});
  ana.connect(deadline);
  for (int i = 0; i < 50; ++i) ana.ask("quick", deadline);
  ana.ask("slow", deadline);
  const auto status = wait_status(server.get(), [](const ServerStatus& s) { return s.reply_time.count == 51; });
  EXPECT_EQ(status->handler_time.count, 51U);
  EXPECT_EQ(status->replies, 51U);
  for (const Durations* durations : {&status->handler_time, &status->reply_time}) {
    std::uint64_t all = 0;
    std::uint64_t slow = 0;
    for (const auto& [up_to, count] : durations->buckets) {
      all += count;
      if (up_to >= 30ms) slow += count;
    }
    EXPECT_EQ(all, 51U);
    EXPECT_GE(slow, 1U);
    EXPECT_GE(durations->sum, 30ms);
    EXPECT_EQ(durations->buckets.back().up_to, std::chrono::nanoseconds::max());
  }
  EXPECT_GE(status->reply_time.sum, status->handler_time.sum);
}

TEST(ServerStatus, AuditsItselfWhileClientsComeAndGo) {
  RunningServer server;
  Client stays({server.endpoint(), "stays"});
  stays.connect(deadline);
  std::optional<std::int64_t> drift;
  while (!drift) {
    Client ana({server.endpoint(), "ana"});
    ana.connect(deadline);
    drift = server.get().status(0, deadline)->presence_drift;
  }
  EXPECT_EQ(drift, 0);
}

}  // namespace
}  // namespace rollcall
