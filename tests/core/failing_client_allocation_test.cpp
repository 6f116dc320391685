// What is left of ClientCore when an allocation fails: a life with a server, again and again, in which the first one
// fails, the second, the third, until none is left to fail.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "core/client_core.hpp"
#include "support/counting_new.hpp"
#include "support/encoded.hpp"

namespace rollcall::core {
namespace {

using test::encoded;

/// A client's shell without a network, and the server's part, line by line.
class Life {
 public:
  Life(std::size_t good, std::size_t bad) : failing_(good, bad) {}

  std::uint32_t window = 12;  ///< that the server gives

  void connect() {
    call([this](std::string) { core_.connected(); });
  }
  void lose() {
    call([this](std::string) { core_.lost(); });
  }
  void leave() {
    call([this](std::string) { core_.leave(); });
  }
  void roster() {
    const std::uint64_t number = ++roster_calls_;
    call([&](std::string) { core_.roster(number); });
  }
  void go_on_listing() {
    call([this](std::string) { core_.go_on_listing(); });
  }
  void watch() {
    call([this](std::string) { core_.watch(); });
  }
  void unwatch() {
    call([this](std::string) { core_.unwatch(); });
  }
  void page(bool pushed, std::uint64_t first, std::uint64_t next) {
    const std::string long_name = "a name that no small buffer holds";
    std::string entries;
    wire::pack_item(wire::RosterEntry{first, 1, 2, 3, long_name, long_name}, entries);
    wire::pack_item(wire::RosterEntry{first + 1, 1, 2, 3, long_name, long_name}, entries);
    hear(wire::Roster{pushed, 10, 4, next, {entries, 2}});
  }
  /// Until the picture is this version, over as many connections as it takes.
  void watch_to(std::uint64_t version) {
    for (int steps = 0; steps < 2000 && told_ != version; ++steps) {
      if (core_.state() == ClientState::connecting) connect();
      if (core_.state() == ClientState::greeting) welcome(session_, true);
      if (told_ == 0) {
        hear(wire::Event{wire::EventKind::reset, wire::LeaveReason::none, 0, 4, 10, {}, {}});
        page(true, 1, 2);
        page(true, 3, 0);
      } else {
        hear(wire::Event{wire::EventKind::joined, wire::LeaveReason::none, 9, 5, told_ + 1,
                         "a name that no small buffer holds", "an address that no small buffer holds"});
      }
    }
    EXPECT_EQ(told_, version);
  }
  void count() {
    call([this](std::string) { core_.count(); });
  }
  void refuse() {
    call([this](std::string text) { core_.refused(wire::ErrorCode::unauthorized, std::move(text)); });
  }
  void ask(int times = 1) {
    for (; times > 0; --times) {
      const std::uint64_t id = ++last_id_;
      const bool idempotent = id % 2 == 0;
      call([&](std::string text) { core_.ask(id, std::move(text), idempotent); });
      ++unanswered_;
    }
  }
  template <typename Message>
  void hear(const Message& message) {
    const std::string part = encoded(message);
    const bool done = failing_.done([&] { core_.received(part); });
    carry_out();
    if (!done) lose();
  }
  void welcome(std::uint8_t session, bool resumed) {
    if (core_.state() == ClientState::connecting) connect();
    const bool is_new = core_.state() == ClientState::greeting || session != session_;
    if (is_new && !resumed) ++server_life_;
    session_ = session;
    wire::Welcome message;
    message.token = {session};
    message.resumed = resumed;
    message.window = window;
    message.max_message_bytes = 4096;
    EXPECT_TRUE(said_hello_);
    hear(message);
  }
  /// As long as there is something, and over as many connections as it takes.
  void answer_all(std::uint8_t session = 1) {
    for (int steps = 0; steps < 100 && core_.state() != ClientState::closed; ++steps) {
      if (core_.state() == ClientState::connecting) connect();
      if (core_.state() == ClientState::greeting) welcome(session, true);
      if (on_the_wire_.empty()) continue;
      const std::uint64_t id = on_the_wire_.front();
      on_the_wire_.pop_front();
      hear(wire::Reply{id, 1, 1, "an answer that no small buffer holds, by far"});
    }
  }
  void expect_all_over() {
    EXPECT_EQ(core_.state(), ClientState::closed);
    EXPECT_EQ(core_.unanswered(), 0U);
    EXPECT_EQ(unanswered_, 0U);
    for (std::uint64_t id = 1; id <= last_id_; ++id) EXPECT_EQ(outcomes_[id], 1) << id;
    EXPECT_EQ(ends_, 1);
    EXPECT_EQ(roster_answered_, roster_calls_);
  }
  [[nodiscard]] std::size_t failed() const { return failing_.failed(); }
  [[nodiscard]] std::uint64_t any_on_the_wire() const { return on_the_wire_.empty() ? 0 : on_the_wire_.back(); }

 private:
  /// Until it is done; `action` takes a long text, which is none of its allocations.
  template <typename Action>
  void call(Action&& action) {
    for (bool done = false; !done;) {
      std::string text("a text that no small buffer holds, by far");
      done = failing_.done([&] { action(std::move(text)); });
      carry_out();
      EXPECT_TRUE(done || core_.unanswered() == unanswered_);
    }
  }
  void carry_out() {
    for (const ClientEffect& effect : core_.effects()) {
      if (const auto* send = std::get_if<ClientSend>(&effect)) {
        const auto message = wire::decode_client_message(send->part);
        if (const auto* request = std::get_if<wire::Request>(&message)) put_on_the_wire(request->id);
        if (std::holds_alternative<wire::Hello>(message)) said_hello_ = true;
      } else if (const auto* outcome = std::get_if<ClientOutcome>(&effect)) {
        ++outcomes_[outcome->id];
        --unanswered_;
      } else if (std::holds_alternative<ClientReconnect>(effect)) {
        on_the_wire_.clear();
        said_hello_ = false;
      } else if (std::holds_alternative<ClientClosed>(effect)) {
        ++ends_;
      } else {
        see_roster(effect);
      }
    }
  }
  void see_roster(const ClientEffect& effect) {
    if (const auto* roster = std::get_if<ClientRoster>(&effect)) {
      EXPECT_EQ(roster->entries.size(), 4U);
      answer_roster(roster->asked);
    } else if (const auto* failed = std::get_if<ClientRosterFailed>(&effect)) {
      answer_roster(failed->asked);
    } else if (const auto* reset = std::get_if<ClientReset>(&effect)) {
      EXPECT_EQ(reset->entries.size(), 4U);
      told_ = reset->version;
    } else if (const auto* change = std::get_if<ClientChange>(&effect)) {
      EXPECT_EQ(change->version, told_ + 1);
      told_ = change->version;
    } else if (const auto* welcomed = std::get_if<ClientWelcomed>(&effect)) {
      if (!welcomed->resumed) told_ = 0;
    } else if (std::holds_alternative<ClientWatchFailed>(effect)) {
      told_ = 0;
    }
  }
  void answer_roster(std::uint64_t call) {
    EXPECT_GT(call, roster_answered_);
    EXPECT_LE(call, roster_calls_);
    roster_answered_ = call;
  }
  void put_on_the_wire(std::uint64_t id) {
    on_the_wire_.push_back(id);
    const int life = sent_in_.try_emplace(id, server_life_).first->second;
    const bool idempotent = id % 2 == 0;
    EXPECT_TRUE(idempotent || life == server_life_) << id << " may be run twice";
  }

  test::FailingAllocations failing_;
  ClientCore core_{"a name that no small buffer holds"};
  std::uint64_t last_id_ = 0;
  std::size_t unanswered_ = 0;
  std::map<std::uint64_t, int> outcomes_;
  std::map<std::uint64_t, int> sent_in_;  ///< which life of the server
  std::deque<std::uint64_t> on_the_wire_;
  std::uint64_t roster_calls_ = 0;
  std::uint64_t roster_answered_ = 0;
  std::uint64_t told_ = 0;   ///< the watcher's picture is of this version; 0: there is none
  bool said_hello_ = false;  ///< on this connection
  std::uint8_t session_ = 0;
  int server_life_ = 0;
  int ends_ = 0;
};

/// Before all else, so that the rest is lived with a watcher, too.
void see_who_is_here(Life& life) {
  life.roster();
  life.connect();
  life.welcome(1, false);
  life.watch();
  life.watch_to(150);
  life.page(false, 1, 2);
  life.roster();
  life.page(false, 3, 0);
  life.hear(wire::Error{0, wire::ErrorCode::busy, "ROSTER queries: more than a server likes"});
  life.go_on_listing();
  life.unwatch();
  life.hear(wire::Event{wire::EventKind::joined, wire::LeaveReason::none, 9, 5, 151, "late", "late"});
  life.watch();
  life.hear(wire::Error{0, wire::ErrorCode::watchers_full, "a text that no small buffer holds, by far"});
  life.watch();
  life.roster();
}

void live(Life& life) {
  see_who_is_here(life);
  life.connect();
  life.welcome(1, false);
  life.ask(static_cast<int>(life.window));
  life.lose();
  life.ask(2);
  life.connect();
  life.window = 3;
  life.welcome(1, false);
  life.ask(5);
  life.count();
  life.welcome(1, false);
  life.answer_all();
  life.ask(4);
  life.lose();
  life.connect();
  life.welcome(1, true);
  life.answer_all();
  life.ask(5);
  life.lose();
  life.connect();
  life.welcome(2, false);
  life.answer_all(2);
  life.ask(5);
  life.welcome(3, false);  // another session, and nobody has told of the loss of this one
  life.hear(wire::Error{life.any_on_the_wire(), wire::ErrorCode::busy, "a text that no small buffer holds, by far"});
  life.answer_all(3);
  life.ask(2);
  life.hear(wire::Error{life.any_on_the_wire(), wire::ErrorCode::hello_required, "who is this?"});
  life.answer_all(3);
  life.ask(2);
  life.hear(wire::Error{life.any_on_the_wire(), wire::ErrorCode::session_ended, "it is over"});
  life.answer_all(3);
  life.ask(2);
  life.hear(wire::Closing{wire::ClosingReason::draining, 1, "a text that no small buffer holds, by far"});
  life.ask(2);
}

// One for each way to come to an end.
using End = void (*)(Life&);
constexpr std::array<End, 6> ends = {
    [](Life& life) {
      life.leave();
      life.hear(wire::Closing{wire::ClosingReason::goodbye, 0, "bye"});
      life.lose();
    },
    [](Life& life) {
      life.leave();
      life.lose();
    },
    [](Life& life) {
      life.hear(wire::Closing{wire::ClosingReason::goodbye, 0, "bye"});
      life.leave();
      life.lose();
    },
    [](Life& life) { life.refuse(); },
    [](Life& life) {
      life.lose();
      life.leave();
    },
    [](Life& life) {
      life.lose();
      for (int tries = 0; tries < 10; ++tries) {
        life.connect();
        life.hear(wire::Error{0, wire::ErrorCode::unauthorized, "a text that no small buffer holds, by far"});
      }
    },
};

class FailingClientAllocation : public ::testing::TestWithParam<std::size_t> {};

TEST_P(FailingClientAllocation, EachRequestEndsOnce) {
  for (const End& end : ends) {
    std::size_t good = 0;
    for (;; ++good) {
      SCOPED_TRACE("end " + std::to_string(&end - ends.data()) + ", after " + std::to_string(good));
      Life life(good, GetParam());
      live(life);
      end(life);
      life.ask();  // too late
      life.expect_all_over();
      if (life.failed() == 0 || HasFailure()) break;
    }
    EXPECT_GT(good, 100U);
  }
}

INSTANTIATE_TEST_SUITE_P(InARow, FailingClientAllocation, ::testing::Values(1, 2, 5));

}  // namespace
}  // namespace rollcall::core
