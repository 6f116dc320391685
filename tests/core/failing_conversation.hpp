// A long conversation with ServerCore in which allocations fail, and which goes on after that. Its parts are in the
// order in which they happen, and use what those before them left.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/core_fixture.hpp"
#include "support/counting_new.hpp"

namespace rollcall::test {
using namespace std::chrono_literals;

/// What the shell does about a message whose step failed.
enum class About { feeds_it_again, ends_its_connection };

/// The conversation, which goes on even where a client is suddenly gone.
class Conversation : public CoreTest {
 public:
  Conversation(std::size_t good, std::size_t bad, About about, std::uint32_t window = 3)
      : failing_(good, bad), about_(about) {
    limits.window = window;
    limits.clients_max = 5;
    limits.strangers_max = 2;
    limits.door_burst = 2;
    limits.door_refill_per_second = 1;
    limits.message_bytes_max = core::message_bytes_least;
    limits.handler_time_max = 1s;
    records = true;
    handler = [this](const core::Job& job) {
      ++runs[job.body];
      return "re: " + job.body;
    };
  }

  void talk_at_once() {
    workers_ = 20;
    start_workers(workers_);
    handler_time = 100ns;  // for batches that grow
    come_and_greet("ana");
    for (std::uint32_t i = 0; i < 8 * limits.window; ++i) {
      ask("ana", "one of many " + std::to_string(i));
      if (i % limits.window == limits.window - 1) work();
    }
    for (std::uint32_t i = 0; i < limits.window; ++i) ask("ana", "one of many for the end " + std::to_string(i));
    drain(1s);
    advance(1s);
  }

  void talk() {
    start_workers(2);
    watch();
    use_every_form();
    make_mistakes();
    come_back();
    be_doubted();
    be_slow();
    lose_workers();
    knock();
    lose_a_key();
    go_and_be_forgotten();
    leave_work_to_a_drain();
  }

  [[nodiscard]] std::size_t failed() const { return failing_.failed(); }
  [[nodiscard]] const Lines& everybody() const { return everybody_; }
  [[nodiscard]] bool had_to_go(const std::string& who) const { return had_to_go_.contains(who); }
  const Lines& heard(const std::string& who) { return client(who).heard; }
  std::ptrdiff_t outcomes(const std::string& who, std::uint64_t id) {
    const std::string number = std::to_string(id);
    return std::count_if(heard(who).begin(), heard(who).end(), [&](const std::string& line) {
      if (line.starts_with("ERROR 12 ")) return false;  // the outcome of a second one with its id
      return line.starts_with("REPLY " + number + " ") || line.ends_with(" id=" + number);
    });
  }
  void expect_all_over() {
    EXPECT_TRUE(drained);
    EXPECT_EQ(server().roster().count(), 0U);
    EXPECT_EQ(server().scheduler().unanswered(), 0U);
    EXPECT_EQ(server().scheduler().bytes(), 0U);
  }

  using CoreTest::drained;
  using CoreTest::recorded;
  using CoreTest::server;
  using CoreTest::told;
  std::map<std::string, std::set<std::uint64_t>> asked;  ///< ids of requests, by who sent them
  std::map<std::string, int> runs;                       ///< of each request, by its body

 private:
  void TestBody() override {}

  void step(const core::ServerEvent& event) override {
    while (!failing_.done([&] { server().step(event, now); })) {
      carry_out(server().effects());
      expect_promises_kept();
      const auto* message = std::get_if<core::Received>(&event);
      if (message == nullptr || about_ == About::feeds_it_again) continue;
      for (const std::string& who : everybody_) {
        if (client(who).fd == message->fd) had_to_go_.insert(who);
      }
      step(core::Closed{message->fd});
      return;
    }
    carry_out(server().effects());
  }
  void expect_promises_kept() {
    std::uint32_t present = 0;
    for (const std::string& who : everybody_) present += server().fd_of(client(who).routing_id) >= 0 ? 1U : 0U;
    EXPECT_EQ(server().roster().count(), present);
    for (const auto& [routing_id, session] : server().roster()) EXPECT_TRUE(server().is_open(session.fd));
    const auto unanswered = server().scheduler().all_unanswered();
    EXPECT_LE(unanswered.size(), server().scheduler().unanswered());
    EXPECT_EQ(server().scheduler().bytes() == 0, server().scheduler().unanswered() == 0);
  }

  void come(const std::string& who, int on = -1) {
    Client& made = create(who);
    if (on >= 0) made.fd = on;
    everybody_.push_back(who);
    step(core::Opened{made.fd, made.address});
  }
  void come_and_greet(const std::string& who) {
    come(who);
    hello(who);
  }
  /// `who` goes on with the session of `before`. False: it can't.
  bool come_back_as(const std::string& who, const std::string& before) {
    come(who);
    const auto said = wire::decode_server_message(welcomes_[before]);
    if (const auto* welcome = std::get_if<wire::Welcome>(&said)) {
      message(who, wire::Hello{who, welcome->token, {}});
    } else {
      hello(who);
    }
    welcomes_[who] = last[who];
    client(who).last_id = client(before).last_id;
    const auto answer = wire::decode_server_message(welcomes_[who]);
    const auto* welcome = std::get_if<wire::Welcome>(&answer);
    return welcome != nullptr && welcome->resumed;
  }
  std::uint64_t ask(const std::string& who, const std::string& body) {
    const std::uint64_t id = ++client(who).last_id;
    ask_for(who, id, body);
    return id;
  }
  void ask_for(const std::string& who, std::uint64_t id, const std::string& body) {
    asked[who].insert(id);
    request(who, id, body + ", which no small buffer holds");
  }
  void give_back() {
    for (const std::uint32_t worker : std::exchange(reclaims, {})) {
      begin_jobs(worker, 2);
      tell_reclaimed(worker);
    }
  }
  void finish_all() {
    for (std::uint32_t worker = 0; worker < workers_; ++worker) {
      if (batch_of(worker) != nullptr && !hung_.contains(worker)) finish(worker);
    }
  }
  void work() {
    for (int turns = 0; turns < 3; ++turns) {
      turn();
      finish_all();
    }
    for (const int fd : std::exchange(cuts, {})) step(core::Closed{fd});
  }

  void watch();
  void use_every_form();
  void make_mistakes();
  void come_back();
  void be_doubted();
  void be_slow();
  void lose_workers();
  void knock();
  void lose_a_key();
  void go_and_be_forgotten();
  void leave_work_to_a_drain();

  FailingAllocations failing_;
  About about_;
  Lines everybody_;
  std::set<std::string> had_to_go_;
  std::map<std::string, std::string> welcomes_;
  std::uint32_t workers_ = 2;
  std::set<std::uint32_t> hung_;
};

inline void Conversation::use_every_form() {
  for (const std::string who : {"ana", "ben"}) {
    come_and_greet(who);
    welcomes_[who] = last[who];
    for (int i = 0; i < 5; ++i) ask(who, who + " asks for something, and that was " + std::to_string(i));  // BUSY
  }
  come("cleo");
  client("cleo").delimited = true;
  plain("cleo", "a plain text of some length, so that it takes an allocation");
  hello("cleo", "a name of some length, so that it takes an allocation, too");
  work();
  ask("cleo", "and a request");
  work();
}

inline void Conversation::make_mistakes() {
  request("ana", 1, "an id that was used");
  raw("ana", "\x01\x7f");
  raw("ana", std::string(core::message_bytes_least + 1, 'x'));
  raw("ben", "two parts", true);
  message("ben", wire::RosterQuery{});
  hello("ben");
  come("hasty");
  asked["hasty"].insert(1);
  request("hasty", 1);
  bye("cleo");
  plain("cleo", "after the end");
  step(core::Refused{core::Refusal::chosen_routing_id, client("hasty").fd});
  step(core::Refused{core::Refusal::no_connection, -1});
  undeliverable("hasty");
  come_and_greet("deaf");
  undeliverable("deaf", true);
  work();
  advance(2s);
}

inline void Conversation::come_back() {
  const std::string long_body(2000, 'x');  // its answer needs room of its own wherever it is kept
  const std::uint64_t answered = ask("ana", long_body);
  work();
  const std::uint64_t running = ask("ana", "running when its client is gone");
  turn();
  const std::uint64_t queued = ask("ana", "queued when its client is gone");
  disconnect("ana");
  if (come_back_as("ana again", "ana")) {
    ask_for("ana again", answered, long_body);
    ask_for("ana again", running, "running when its client is gone");
    ask_for("ana again", queued, "queued when its client is gone");
  }
  work();
  come_back_as("ana, whose end was never told", "ana again");
  ask("ana, whose end was never told", "one more");
  work();
  // Another connection on the same descriptor, and nobody has told.
  create("ben's successor").fd = client("ben").fd;
  everybody_.emplace_back("ben's successor");
  if (had_to_go("ben")) step(core::Opened{client("ben").fd, client("ben").address});  // since the end was
  hello("ben's successor");
  work();
}

inline void Conversation::be_doubted() {
  come("dead");
  const int fd = client("dead").fd;
  disconnect("dead");
  come("alive", fd);
  plain("dead", "what the dead one sent, which comes after its end");
  hello("alive");
  for (int i = 0; i < 4; ++i) ask("alive", "kept back " + std::to_string(i));  // one too many
  plain("dead", "its last");
  advance(core::doubt_hold);
  work();
  ask("alive", "no longer kept back");
  work();
  disconnect("alive");
  come("dead, too");
  const int next_fd = client("dead, too").fd;
  disconnect("dead, too");
  come("alive, too", next_fd);
  client("alive, too").key = "a key that no small buffer holds";
  client("alive, too").key_name = "whoever has a key that no small buffer holds";
  hello("alive, too");
  advance(core::doubt_hold);
  ask("alive, too", "no longer kept back, either");
  work();
  bye("alive, too");
}

inline void Conversation::be_slow() {
  const std::string who = "ana, whose end was never told";
  for (int i = 0; i < 3; ++i) ask(who, "one of three " + std::to_string(i));
  turn();
  ask("ben's successor", "for the other worker");
  turn();
  for (const std::string other : {"carl", "dora"}) {
    come_and_greet(other);
    for (int i = 0; i < 3; ++i) ask(other, other + " takes the places of those in the queue " + std::to_string(i));
  }
  for (int i = 0; i < 2; ++i) ask("ben's successor", "so does ben's successor " + std::to_string(i));
  advance(core::reclaim_after);
  give_back();
  work();
  for (const std::string other : {"carl", "dora"}) bye(other);
  ask(who, "what takes too long");
  turn();
  for (std::uint32_t worker = 0; worker < workers_; ++worker) {
    if (batch_of(worker) != nullptr) hung_.insert(worker);
  }
  advance(1s);
  for ([[maybe_unused]] const std::uint32_t worker : std::exchange(replaces, {})) step(core::WorkerReady{workers_++});
  ask(who, "what another worker does");
  work();
  hung_.clear();
  work();
  advance(1s);
}

inline void Conversation::lose_workers() {
  for (int i = 0; i < 3; ++i) ask("ana, whose end was never told", "for a worker that ends " + std::to_string(i));
  turn();
  for (std::uint32_t worker = 1; worker < workers_; ++worker) {
    if (batch_of(worker) != nullptr) begin_jobs(worker, 2);
    die(worker);
    step(core::WorkerReady{worker});
  }
  work();
}

inline void Conversation::go_and_be_forgotten() {
  for (int i = 0; i < 7; ++i) {
    const std::string who = "guest " + std::to_string(i);
    come_and_greet(who);
    ask(who, who + " asks, and does not wait");
    if (i > 2) turn();
    disconnect(who);
  }
  work();
  for (int i = 0; i < 6; ++i) come_and_greet("one of too many " + std::to_string(i));
  work();
  advance(limits.resume_time_max);
}

inline void Conversation::leave_work_to_a_drain() {
  come("late");
  const std::string who = "ana, whose end was never told";
  for (int i = 0; i < 2; ++i) ask(who, "begun before the end " + std::to_string(i));
  turn();
  ask(who, "queued before the end");
  for (const std::string other : {"one of too many 0", "one of too many 1", "one of too many 2"}) {
    for (int i = 0; i < 3; ++i) ask(other, other + " has something queued " + std::to_string(i));
  }
  plain("ben's successor", "a plain text that is queued before the end");
  drain(1s);
  hello("late");
  ask(who, "asked after the end");
  hello(who);
  disconnect("one of too many 2");
  advance(1s);
  finish_all();
}

}  // namespace rollcall::test

#include "core/failing_conversation_others.hpp"
