// One process's part of a load: its clients, the requests that are due, and what became of them. One thread; makes a
// ZeroMQ context in run().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/client_swarm.hpp"
#include "replay/load.hpp"
#include "replay/load_schedule.hpp"

namespace rollcall::replay {

class LoadDriver {
 public:
  /// How the load is led: by its own process, or by another one.
  struct Lead {
    int fd = -1;  ///< readable when stopped() or start() may have something new
    std::function<bool()> stopped;
    /// Asked when this part is ready, until it tells from when on requests are due (std::chrono::steady_clock).
    std::function<std::optional<core::Time>()> start;
    OnSample on_sample;
  };

  /// The clients, rate and max_in_flight of `plan` are this part's; its clients are numbered from `first` on.
  LoadDriver(LoadPlan plan, std::uint32_t first, Lead lead);

  /// Throws like run_load(). `processes` of what it returns is not set.
  LoadResult run();

 private:
  struct Pending {
    std::uint64_t id;
    core::Time due;
    core::Time sent;
  };
  struct Member {
    bool ready = false;
    bool offered = false;           ///< is in available_
    std::uint32_t window = 1;       ///< how many requests it may have unanswered
    std::uint32_t outstanding = 0;  ///< and how many it has: those that have timed out still count
    std::vector<Pending> in_flight;
  };

  [[nodiscard]] bool open_loop() const { return plan_.rate > 0; }
  void join_all();
  void await_start();
  void check_patience(core::Time now) const;
  void open(std::uint32_t number);
  void open_until(core::Time now);
  [[nodiscard]] bool over(core::Time now) const;
  /// Waits for what happens, and then does what is done from time to time.
  void step(core::Time until);
  [[nodiscard]] core::Time next_wake(core::Time now) const;
  void send_due(core::Time now);
  void send_open(core::Time now);
  void send_closed();
  void send(core::Time due);
  void offer(io::ClientSwarm::Id id, Member& member);
  [[nodiscard]] bool may_send();
  void expire(core::Time now);
  void tell(core::Time now);
  void leave_all();
  void tell_last(core::Time end);

  void on_effect(io::ClientSwarm::Id id, const core::ClientEffect& effect);
  void on_welcomed(io::ClientSwarm::Id id, Member& member, const core::ClientWelcomed& welcomed);
  void on_closed(Member& member, const core::ClientClosed& closed);
  void on_outcome(Member& member, const core::ClientOutcome& outcome);
  void note_count(std::uint64_t version, std::uint32_t count);

  LoadPlan plan_;
  std::uint32_t first_;
  Lead lead_;
  LoadSchedule schedule_;
  Sample sample_;
  LoadResult result_;
  std::unordered_map<io::ClientSwarm::Id, Member> members_;
  std::deque<io::ClientSwarm::Id>
      available_;  ///< may send; those that can't any more are dropped when their turn comes
  std::uint32_t opened_ = 0;
  std::uint32_t joined_ = 0;  ///< clients that were welcomed at least once
  std::uint32_t refused_ = 0;
  std::string refusal_;
  std::uint32_t in_flight_ = 0;
  std::uint64_t due_ = 0;   ///< requests whose time has come
  std::uint64_t next_ = 0;  ///< of those, the first that was not sent
  core::Time begin_{0};
  core::Time progress_{0};  ///< when a client joined last
  core::Time start_{0};
  core::Time last_outcome_{0};
  core::Time next_check_{0};
  core::Time next_lead_check_{0};
  std::uint64_t intervals_ = 0;
  bool leaving_ = false;
  bool stopped_ = false;
  std::optional<io::ClientSwarm> swarm_;  ///< while run() runs
};

}  // namespace rollcall::replay
