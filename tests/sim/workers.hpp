// Simulated workers: each runs the jobs of its batch one at a time, at its own speed, answers Reclaim honestly, and
// sometimes dies, or stays in a job for long or for ever. Their reports wait here until the simulation feeds them. One
// thread; time is an argument.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/events.hpp"
#include "sim/model.hpp"
#include "sim/random.hpp"

namespace rollcall::sim {

class Workers {
 public:
  /// `hang_percent`: of the jobs that take long; `for_ever`: some of those have no end.
  Workers(Random& random, Model& model, std::uint64_t hang_percent, bool for_ever)
      : random_(random), model_(model), hang_percent_(hang_percent), for_ever_(for_ever) {}

  /// Starts a worker; its WorkerReady is to be fed by the caller.
  std::uint32_t start(bool quick);
  /// One that lives dies now, if any: WorkerLost is among its reports.
  void kill_one();
  void dispatch(const core::Dispatch& dispatch, core::Time now);
  void reclaim(std::uint32_t worker, core::Time now);
  /// It is hung, and gone when it comes back; start() has to be called for the one in its place.
  void replace(std::uint32_t worker);
  /// How often start() has to be called for that.
  [[nodiscard]] std::size_t owed() const { return owed_; }
  /// Lets every worker run up to `now`.
  void run(core::Time now);
  /// No worker is slow, and none waits before it answers, from now on. Of those that are in a job for ever, some come
  /// back.
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
  /// Those that live, and are not replaced.
  [[nodiscard]] std::size_t alive() const;

 private:
  enum class Speed { instant, fast, slow, very_slow };
  struct Worker {
    bool alive = true;
    bool replaced = false;
    Speed speed = Speed::fast;
    core::Batch* batch = nullptr;
    std::size_t size = 0;  ///< jobs that it may begin
    std::size_t begun = 0;
    bool running = false;  ///< job number `begun` is not finished
    std::string body;      ///< of that job, when it began
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
  std::uint64_t hang_percent_;
  bool for_ever_;
  std::size_t owed_ = 0;
  std::vector<std::uint32_t> gone_;  ///< numbers that may be used again
  std::uint32_t next_number_ = 0;
};

}  // namespace rollcall::sim
