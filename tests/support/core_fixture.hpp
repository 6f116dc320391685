// A small language for tests of ServerCore: clients and workers by name and number, time by hand.
//
//   connect("ana"); hello("ana"); send("ana", "oi"); run_worker(0);
//   expect_heard("ana", {"WELCOME count=1 version=1", "REPLY 1 count=1 version=1: re: oi"});
//   advance(3s); disconnect("ana"); expect_absent("ana");
//
// The lines are those of core_lines.hpp. No sockets, no threads, no clock. The fixture itself checks what must hold of
// all effects: a worker gets a batch only when it has none, and nothing follows Drained.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <source_location>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/server_core.hpp"
#include "support/core_lines.hpp"

namespace rollcall::test {

using namespace std::chrono_literals;

class CoreTest : public ::testing::Test {
 protected:
  using Where = std::source_location;
  using Lines = std::vector<std::string>;

  struct Client {
    int fd = -1;
    std::uint32_t routing_id = 0;
    core::Address address;
    std::uint64_t last_id = 0;
    bool delimited = false;  ///< it is a REQ socket, which puts a delimiter before each message
    std::string key;         ///< with which it has connected
    std::string key_name;
    std::vector<std::string> heard;  ///< what has come to it, as lines
  };
  struct Worker {
    core::Batch* batch = nullptr;
    std::uint32_t begun = 0;
    std::uint32_t done = 0;
  };

  // Before the first event.
  core::Limits limits;
  std::chrono::milliseconds liveness{5000};
  bool records = false;
  core::Time now = 100s;
  std::uint32_t next_routing_id = 1000;
  /// What workers answer.
  std::function<std::string(const core::Job&)> handler = [](const core::Job& job) { return "re: " + job.body; };
  std::chrono::nanoseconds handler_time = 10us;  ///< for each job

  core::ServerCore& server() {
    if (!core_) core_.emplace(core::ServerCore::Config{limits, liveness, [this] { return next_token(); }, records});
    return *core_;
  }

  // Connections.

  Client& client(std::string_view who) {
    const auto place = clients_.find(who);
    if (place == clients_.end()) throw std::logic_error("nobody is called " + std::string(who));
    return place->second;
  }
  /// A client with a routing id of its own, on a descriptor that nobody used before. No server knows of it yet.
  Client& create(std::string_view who) {
    Client& made = clients_[std::string(who)];
    made = Client{};
    made.fd = next_fd_++;
    made.routing_id = next_routing_id++;
    made.address = {"10.0.0." + std::to_string(made.fd % 256), 40'000U + static_cast<std::uint32_t>(made.fd)};
    return made;
  }
  /// The monitor says that `who`, whom nobody knew, has come.
  void connect(std::string_view who) { opened(create(who)); }
  /// The same, on the descriptor that `before` had.
  void connect_in_place_of(std::string_view before, std::string_view who) {
    const int fd = client(before).fd;
    create(who).fd = fd;
    opened(client(who));
  }
  /// The monitor says that the connection has ended.
  void disconnect(std::string_view who) { step(core::Closed{client(who).fd}); }
  void undeliverable(std::string_view who, bool full = false, const core::Closed& end = {}) {
    step(core::Undeliverable{client(who).routing_id, full, end});
  }

  // Messages.

  void raw(std::string_view who, std::string_view part, bool many_parts = false) {
    const Client& from = client(who);
    const std::string copy(part);  // views in events live through step() only
    step(core::Received{from.routing_id, from.fd, from.delimited, many_parts, copy, from.key, from.key_name});
  }
  template <typename Message>
  void message(std::string_view who, const Message& value) {
    std::string part;
    wire::encode(value, part);
    raw(who, part);
  }
  void hello(std::string_view who) { hello(who, who); }
  void hello(std::string_view who, std::string_view name) { message(who, wire::Hello{name, {}, {}}); }
  void request(std::string_view who, std::uint64_t id, std::string_view body = "oi") {
    message(who, wire::Request{id, body});
  }
  /// A REQUEST with the next id.
  void send(std::string_view who, std::string_view body) { request(who, ++client(who).last_id, body); }
  void plain(std::string_view who, std::string_view text) { raw(who, text); }
  void bye(std::string_view who) { message(who, wire::Bye{}); }
  /// connect and hello, and the welcome is not looked at.
  void join(std::string_view who) {
    connect(who);
    hello(who);
    client(who).heard.clear();
  }

  // Time.

  void turn() { step(core::TurnEnded{}); }
  void advance(std::chrono::nanoseconds time) {
    now += time;
    turn();
  }

  // Workers.

  void start_workers(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) step(core::WorkerReady{i});
  }
  /// The batch that the worker has; null when it has none.
  core::Batch* batch_of(std::uint32_t worker) { return workers_[worker].batch; }
  /// The worker begins jobs until it has begun `begun`, and finishes all of those but the last.
  void begin_jobs(std::uint32_t worker, std::uint32_t begun) {
    Worker& w = workers_[worker];
    while (w.done + 1 < begun) answer_job(w);
    w.begun = begun;
  }
  void tell_reclaimed(std::uint32_t worker) { step(core::Reclaimed{worker, workers_[worker].begun}); }
  void die(std::uint32_t worker) {
    const std::uint32_t begun = workers_[worker].begun;
    workers_[worker] = Worker{};
    step(core::WorkerLost{worker, begun});
  }
  /// The worker answers what is left of its batch and says so.
  void finish(std::uint32_t worker) {
    Worker& w = workers_[worker];
    ASSERT_NE(w.batch, nullptr) << "worker " << worker << " has nothing to do";
    while (w.done < w.batch->size) answer_job(w);
    const std::uint32_t ran = w.done;
    w = Worker{};
    step(core::Finished{worker, ran, handler_time * ran});
  }
  /// A turn ends, and the worker does all that it is given by it.
  void run_worker(std::uint32_t worker) {
    turn();
    finish(worker);
  }

  void drain(std::chrono::nanoseconds grace) { step(core::DrainBegan{grace}); }

  virtual void step(const core::ServerEvent& event) { carry_out(server().step(event, now)); }
  void carry_out(std::span<const core::Effect> effects) {
    for (const core::Effect& effect : effects) {
      EXPECT_FALSE(drained) << "an effect after Drained";
      std::visit([this](const auto& each) { on(each); }, effect);
    }
  }

  // What came of it.

  /// Exactly these messages have come to `who` since this was last asked.
  void expect_heard(std::string_view who, const Lines& lines, Where where = Where::current()) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), who);
    EXPECT_EQ(client(who).heard, lines);
    client(who).heard.clear();
  }
  /// Exactly these notices have been told since this was last asked.
  void expect_told(const Lines& lines, Where where = Where::current()) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "notices");
    EXPECT_EQ(told, lines);
    told.clear();
  }
  void expect_count(std::uint32_t count, Where where = Where::current()) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "count");
    EXPECT_EQ(server().roster().count(), count);
  }
  void expect_version(std::uint64_t version, Where where = Where::current()) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "version");
    EXPECT_EQ(server().roster().version(), version);
  }
  void expect_present(std::string_view who, Where where = Where::current()) { expect_presence(who, true, where); }
  void expect_absent(std::string_view who, Where where = Where::current()) { expect_presence(who, false, where); }
  void expect_refused(core::Refusal reason, std::uint64_t times, Where where = Where::current()) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), core::refusal_name(reason));
    EXPECT_EQ(server().counters().refusals[static_cast<std::size_t>(reason)], times);
  }
  [[nodiscard]] std::uint64_t left_because(wire::LeaveReason reason) {
    return server().counters().leaves[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t errors_sent(wire::ErrorCode code) {
    return server().counters().errors[static_cast<std::size_t>(code)];
  }

  Lines told;                            ///< notices, as lines
  std::vector<core::Address> addresses;  ///< of joined, left and message notices
  std::vector<std::uint32_t> reclaims;   ///< workers that were asked
  std::vector<std::uint32_t> replaces;
  std::vector<int> cuts;
  std::vector<std::uint32_t> sent_to;       ///< routing ids, in the order of the Sends
  std::map<std::string, std::string> last;  ///< the newest part that each client got, as bytes
  Lines recorded;                           ///< for a recording, as lines
  bool drained = false;

 private:
  void opened(const Client& who) { step(core::Opened{who.fd, who.address}); }
  void answer_job(Worker& worker) {
    core::Job& job = worker.batch->jobs[worker.done++];
    core::answer(job, handler(job));
  }
  wire::Token next_token() {
    wire::Token token;
    token.fill(static_cast<std::uint8_t>(++tokens_));
    if (tokens_ > 255) {
      token[0] = static_cast<std::uint8_t>(tokens_ >> 8U);
      token[1] = static_cast<std::uint8_t>(token[2] + 1);  // so it is none of those before
    }
    return token;
  }
  void expect_presence(std::string_view who, bool present, Where where) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), who);
    EXPECT_EQ(server().fd_of(client(who).routing_id) == client(who).fd, present);
  }

  void on(const core::Send& effect) {
    sent_to.push_back(effect.routing_id);
    for (auto& [name, to] : clients_) {
      if (to.routing_id != effect.routing_id) continue;
      to.heard.push_back((effect.delimited ? "[] " : "") + line_of_part(effect.part));
      last[name] = effect.part;
      return;
    }
    ADD_FAILURE() << "sent to nobody: " << line_of_part(effect.part);
  }
  void on(const core::Dispatch& effect) {
    EXPECT_EQ(workers_[effect.worker].batch, nullptr) << "a batch for a worker that has one";
    EXPECT_GT(effect.batch->size, 0U);
    workers_[effect.worker] = {effect.batch, 0, 0};
  }
  void on(const core::Reclaim& effect) { reclaims.push_back(effect.worker); }
  void on(const core::Replace& effect) { replaces.push_back(effect.worker); }
  void on(const core::Cut& effect) { cuts.push_back(effect.fd); }
  void on(const core::Drained&) { drained = true; }
  void on(const core::Record& effect) {
    for (const std::string& line : lines_of(effect)) recorded.push_back(line);
  }
  void on(const core::Notice& effect) {
    told.push_back(line_of(effect));
    if (effect.address != nullptr) addresses.push_back(*effect.address);
  }

  std::optional<core::ServerCore> core_;
  std::map<std::string, Client, std::less<>> clients_;
  std::map<std::uint32_t, Worker> workers_;
  std::uint16_t tokens_ = 0;
  int next_fd_ = 10;
};

}  // namespace rollcall::test
