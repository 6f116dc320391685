// One seed: a world, a core and a model, and the order in which things happen. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/server_core.hpp"
#include "sim/checks.hpp"
#include "sim/keys.hpp"
#include "sim/model.hpp"
#include "sim/pictures.hpp"
#include "sim/random.hpp"
#include "sim/records.hpp"
#include "sim/trace.hpp"
#include "sim/workers.hpp"
#include "sim/world.hpp"

namespace rollcall::sim {

/// What a seed decides before anything happens.
struct Plan {
  core::Limits limits;
  std::uint64_t steps = 0;
  std::size_t clients_max = 0;
  std::size_t workers_max = 0;
  std::uint64_t fault_percent = 0;
  std::uint64_t death_percent = 0;   ///< how often a client dies
  std::uint64_t worker_percent = 0;  ///< how often workers die and come
  std::uint64_t hang_percent = 0;    ///< how often a request takes long, or for ever
  std::uint64_t drain_at = UINT64_MAX;
  bool drain_at_end = false;
  bool long_pauses = false;
  bool churn = false;               ///< descriptors are used again fast
  bool quick_workers = false;       ///< all of them, so that batches grow
  std::uint64_t watch_percent = 0;  ///< how often somebody watches
  std::size_t keys = 0;             ///< 0: connections have none
};
[[nodiscard]] Plan make_plan(Random& random, std::uint64_t seed);

/// Told to clients; nothing else depends on it.
inline constexpr std::chrono::milliseconds liveness{5000};

class Simulation {
 public:
  Simulation(std::uint64_t seed, Trace& trace);

  /// Throws Broken when a promise is.
  void run();

  struct Totals {
    std::uint64_t events = 0;
    std::uint64_t joins = 0;
    std::uint64_t replies = 0;
    std::uint64_t ghosts = 0;
    std::uint64_t resumes = 0;
    std::uint64_t repeated = 0;
    std::uint64_t hung = 0;
    std::uint64_t revoked = 0;
    std::uint64_t changes = 0;    ///< told to watchers
    std::uint64_t snapshots = 0;  ///< the same
    std::uint64_t crowded = 0;    ///< seeds with more hung workers than are replaced
  };
  [[nodiscard]] Totals totals() const;

 private:
  // Feeding one thing; the model hears of it first.
  void feed(const core::ServerEvent& event);
  void feed_monitor_event();
  void feed_message(ConnId conn);
  void feed_turn_end();
  bool feed_report();
  void feed_drain();
  void feed_revoked(std::size_t key);
  void start_worker(bool quick);
  void carry_out(std::span<const core::Effect> effects);
  void check(std::span<const core::Effect> effects);
  void check_state();

  // Choosing what happens.
  void act();
  void act_client();
  void find(int fd);
  void change_keys();
  void pass_time();
  void advance(core::Time to, bool punctual);
  void heal();
  void settle();
  void end_lost_ones();
  void check_healed();
  void drain_to_the_end();

  Random random_;
  Random watchers_random_;
  Plan plan_;
  Trace& trace_;
  Model model_;
  World world_;
  KeyList keys_;
  Workers workers_;
  core::ServerCore core_;
  NoticeChecks notices_;
  Pictures pictures_;
  RecordChecks records_;
  core::Time now_{0};
  std::uint64_t tokens_ = 0;
  std::uint64_t events_ = 0;
  bool turn_ends_ = false;        ///< the event being fed is TurnEnded
  std::size_t turns_unseen_ = 0;  ///< in which the sessions were not compared
};

}  // namespace rollcall::sim
