// Plays a script with real clients against a server (proto/SCRIPT.md).
//
// Steps are begun in the order of the script, when they are due; each client then does its own, one after another. A
// wait holds what comes after it back until everything before it is done and the server's count is what it should be.
// One thread, which is the caller's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/client_swarm.hpp"
#include "io/clock.hpp"
#include "replay/actor.hpp"
#include "replay/count_check.hpp"
#include "replay/ledger.hpp"
#include "replay/roster_view.hpp"
#include "replay/script.hpp"
#include "replay/timeline.hpp"
#include "replay/values.hpp"

namespace rollcall::replay {

using io::clock_now;

class Player {
 public:
  struct Options {
    std::string endpoint;
    std::optional<io::ClientKeys> keys{};  ///< where connections have them
    std::size_t clients_max = 1;           ///< at a time
    Timeline::Options timeline;
    std::string only;                          ///< whose requests are sent, the others only come and go; empty: all
    std::chrono::milliseconds patience{3000};  ///< for the first WELCOME
    int interrupt_fd = -1;                     ///< readable: stop
  };
  enum class End { played, interrupted, no_server };

  /// `values` and what `header` came from must outlive the player. Throws io::EndpointError.
  Player(Options options, const Header& header, const Values& values, OnSample on_sample);

  /// Plays the script once; then every client that is still there leaves. May be called again, for another round.
  End play(Timeline::Source source);
  /// Hands over the last sample.
  void finish();

 private:
  /// When a client, by name, has something to do.
  struct Wake {
    core::Time time{0};
    std::uint64_t order = 0;
    std::string name;
    bool operator>(const Wake& other) const noexcept {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  /// When a request's answer, or (0) a client's welcome or goodbye, is overdue.
  struct Deadline {
    core::Time time{0};
    io::ClientSwarm::Id client = 0;
    std::uint64_t request = 0;
    bool operator>(const Deadline& other) const noexcept { return time > other.time; }
  };
  template <typename Item>
  using Earliest = std::priority_queue<Item, std::vector<Item>, std::greater<>>;

  // player.cpp: the run.
  bool turn(core::Time now);
  void read_steps(core::Time now);
  void begin(Timeline::Due due, core::Time now);
  void wake_clients(core::Time now);
  void give_up_overdue(core::Time now);
  void hold_at(const Step& wait, core::Time now);
  void check_hold(core::Time now);
  [[nodiscard]] bool at_rest() const noexcept;
  [[nodiscard]] bool may_read() const noexcept;
  [[nodiscard]] core::Time next_wake(core::Time now);
  void send_all_home(core::Time now);
  [[nodiscard]] bool concerns(const Step& step, const std::string& name) const;

  // player_clients.cpp: what the clients do, and what happens to them.
  void join(const Action& action, const std::string& name, std::uint32_t number);
  void connect(Actor& actor, core::Time now);
  void wake(Actor& actor, core::Time time);
  void assign(Actor& actor, Action action, core::Time now);
  void advance(Actor& actor, core::Time now);
  [[nodiscard]] bool may_do(Actor& actor, const Action& action, core::Time now);
  void send(Actor& actor, const Action& action, core::Time now);
  void expect(Actor& actor, const Action& action, core::Time now);
  void judge(const Actor& actor, const Asked& asked);
  void judge_forgotten(const Actor& actor, const Asked& asked);
  void forget(Actor& actor);
  void fail(std::uint64_t line, const std::string& client, std::string expected, std::string got);
  void happened(io::ClientSwarm::Id id, const core::ClientEffect& effect);
  void welcomed(Actor& actor, const core::ClientWelcomed& welcome, core::Time now);
  void answered(Actor& actor, const core::ClientOutcome& outcome, core::Time now);
  void no_answer(Actor& actor, std::uint64_t request_id, core::Time now);
  void no_sign(Actor& actor, core::Time now);
  void watch_absence(const Actor& actor, core::Time now);
  void missed(const Action& action, const std::string& name);
  void depart(Actor& actor, core::Time now);
  void closed(Actor& actor, const core::ClientClosed& closed);
  void remove(Actor& actor);

  Options options_;
  Duration timeout_;
  const Values& values_;
  Timeline timeline_;
  RosterView roster_;
  Ledger ledger_;
  io::ClientSwarm swarm_;
  CountCheck count_check_;
  std::map<std::string, std::unique_ptr<Actor>> actors_;  ///< by name; in this order they are told things
  std::unordered_map<io::ClientSwarm::Id, Actor*> by_id_;
  Earliest<Wake> wakes_;
  Earliest<Deadline> deadlines_;
  std::uint64_t order_ = 0;
  std::size_t joined_ = 0;      ///< so far: each takes the next row of values
  std::size_t to_do_ = 0;       ///< actions that clients have before them
  std::size_t unanswered_ = 0;  ///< requests
  std::size_t changing_ = 0;    ///< clients that are expected, join or leave
  std::optional<Step> hold_;    ///< the wait that holds the script back
  bool counting_ = false;       ///< all before it is done, and the count is asked for
  bool ended_ = false;          ///< the script has been read
  bool going_home_ = false;     ///< what leaves now is not the script's doing
  std::optional<core::Time> first_join_;
  bool anybody_welcomed_ = false;
};

}  // namespace rollcall::replay
