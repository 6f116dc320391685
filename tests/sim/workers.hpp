// Simulated workers: each runs the jobs of its batch one at a time, at its own speed, answers Reclaim honestly, and
// sometimes dies. Their reports wait here until the simulation feeds them. One thread; time is an argument.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/events.hpp"
#include "sim/model.hpp"
#include "sim/random.hpp"

namespace rollcall::sim {

class Workers {
 public:
  Workers(Random& random, Model& model) : random_(random), model_(model) {}

  /// Starts a worker; its WorkerReady is to be fed by the caller.
  std::uint32_t start(bool quick);
  /// One that lives dies now, if any: WorkerLost is among its reports.
  void kill_one();
  void dispatch(const core::Dispatch& dispatch, core::Time now);
  void reclaim(std::uint32_t worker, core::Time now);
  /// Lets every worker run up to `now`.
  void run(core::Time now);
  /// No worker is slow, and none waits before it answers, from now on.
  void heal(core::Time now);

  enum class Kind { finished, reclaimed, lost };
  struct Report {
    Kind kind{};
    std::uint32_t worker = 0;
    std::uint32_t begun = 0;
    std::chrono::nanoseconds busy{0};
  };
  /// A report of any worker; each worker's come in order.
  std::optional<Report> next_report();
  /// When the next thing happens that is not waiting to be fed.
  [[nodiscard]] std::optional<core::Time> next_time() const;
  [[nodiscard]] std::size_t alive() const;

 private:
  enum class Speed { instant, fast, slow, very_slow };
  struct Worker {
    bool alive = true;
    Speed speed = Speed::fast;
    core::Batch* batch = nullptr;
    std::size_t size = 0;  ///< jobs that it may begin
    std::size_t begun = 0;
    bool running = false;  ///< job number `begun` is not finished
    core::Time clock{0};   ///< when the job that runs ends, or the next begins
    std::chrono::nanoseconds busy{0};
    std::optional<core::Time> reclaim_at;
    std::deque<Report> reports;
  };

  void run(std::uint32_t number, Worker& worker, core::Time now);
  void begin(std::uint32_t number, Worker& worker);
  void finish(Worker& worker);
  std::chrono::nanoseconds duration(Speed speed);

  Random& random_;
  Model& model_;
  std::map<std::uint32_t, Worker> workers_;
  std::vector<std::uint32_t> gone_;  ///< numbers that may be used again
  std::uint32_t next_number_ = 0;
};

}  // namespace rollcall::sim
