// Which request runs next, and on which worker.
//
// Promises (those of a serial executor for each client, over a pool):
//  - order: a client's requests run in the order in which they were pushed, and its results come out in that order;
//  - non-concurrency: at most one worker holds requests of a client at any time, hung ones aside;
//  - fairness: clients with work wait in a ring; a turn takes a bounded run from each, and nobody gets a second
//    turn before everybody who was waiting had one;
//  - work conservation: an idle worker gets work as long as any client has some that may run; what a slow request
//    holds up behind it in its batch is taken back for other workers (overdue(), take_back());
//  - a request that runs for longer than handler_time_max ends without its handler: its worker is hung, and its
//    client's next requests may run on others (end_hung()); what the handler may still use of it is left alone until
//    finished();
//  - close() drops a client's queue at once; what of it is running ends unheard;
//  - park() drops it, too, but what is running is told, and resume() lets the client go on;
//  - what throws std::bad_alloc was not done, and may be tried again; close(), park(), resume(), rename() and
//    finished() allocate nothing.
// Bounds: each client's window and bytes, and the bytes of all. Batches and queue places are used again: no allocation
// in steady state. One thread; no clock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch_sizer.hpp"
#include "core/job.hpp"
#include "core/limits.hpp"

namespace rollcall::core {

class Scheduler {
 public:
  explicit Scheduler(const Limits& limits)
      : limits_(limits), hung_from_(limits.handler_time_max.count() > 0 ? Time::min() : Time::max()) {}

  enum class Admission { accepted, window_full, client_bytes_full, total_bytes_full };
  struct Work {
    std::uint32_t worker;
    Batch* batch;
    std::chrono::nanoseconds expected;  ///< by the handler's measured time
  };

  /// From now on, the next open() allocates nothing.
  void reserve_lane();
  /// A queue for a new client.
  LaneId open(std::uint32_t routing_id, std::shared_ptr<const std::string> name);
  /// The client left; returns how many queued requests were dropped. Its LaneId is used again when its running requests
  /// have ended.
  std::size_t close(LaneId lane);
  /// The client's connection was lost, but it may come back: nothing of it runs until resume(). What is running goes on
  /// and counts as unanswered, what is taken back of it is queued. Returns how many queued requests were dropped.
  std::size_t park(LaneId lane);
  /// The lowest id among the queued requests; 0: none has one.
  [[nodiscard]] std::uint64_t first_queued(LaneId lane) const noexcept;
  /// The client is back, under another routing id.
  void resume(LaneId lane, std::uint32_t routing_id);
  /// Whether this request is queued or with a worker.
  [[nodiscard]] bool is_unanswered(LaneId lane, std::uint64_t id) const;
  /// Where a result of this lane goes; nothing while it is parked.
  [[nodiscard]] std::optional<std::uint32_t> recipient(LaneId lane) const noexcept {
    return lanes_[lane].parked ? std::nullopt : std::optional(lanes_[lane].routing_id);
  }
  void rename(LaneId lane, std::shared_ptr<const std::string> name);

  /// Queues a request, or says which bound does not allow it.
  Admission push(LaneId lane, std::uint64_t id, Form form, std::string_view body, Time now);

  /// A worker that was not known, or was lost, is idle.
  void add_worker(std::uint32_t worker);
  /// A batch for an idle worker, its jobs stamped with count and version; nothing when there is no work or no worker.
  std::optional<Work> dispatch(std::uint32_t count, std::uint64_t version, Time now);

  /// Finished jobs in order, of clients that are still here; valid until the next call that is not const.
  using Results = std::span<Job* const>;
  /// The worker's batch has ended: it ran `ran` of its jobs in `busy`, and is idle; or, when it was hung and another
  /// one is in its place, forgotten.
  Results finished(std::uint32_t worker, std::uint32_t ran, std::chrono::nanoseconds busy);
  /// The worker has begun `begun` jobs of its batch, has finished all of those but the last, and begins no more: the
  /// rest is queued again, in front.
  Results take_back(std::uint32_t worker, std::uint32_t begun, Time now);
  /// The worker died in its job number `begun`, which fails; the rest is queued again. It is forgotten; where it was
  /// hung, that is all.
  Results lost(std::uint32_t worker, std::uint32_t begun);

  /// What a worker has, and null when it has nothing; what take_back() takes stays in it, beyond its size, until the
  /// next call that is not const.
  [[nodiscard]] const Batch* lent_to(std::uint32_t worker) const noexcept { return workers_[worker].batch; }

  /// A worker that holds its batch for too long and has not been asked yet; marks it as asked.
  [[nodiscard]] std::optional<std::uint32_t> overdue(Time now);
  /// Ends every request that has kept its worker for handler_time_max, with error 18. The time counts from when only
  /// that request was left to the worker, which is when it was taken or later. Once a turn, after overdue().
  Results end_hung(Time now);
  /// False: neither end_hung() nor to_replace() has anything to do.
  [[nodiscard]] bool may_have_hung(Time now) const noexcept { return now >= hung_from_ || hung_ != replaced_; }
  /// A hung worker that needs another one in its place (add_worker()), and counts as replaced from now on; nothing when
  /// there is none, or hung_workers_max are replaced. One that is not, and comes back, is idle again.
  [[nodiscard]] std::optional<std::uint32_t> to_replace();
  /// When overdue() or end_hung() has something to do.
  [[nodiscard]] std::optional<Time> next_deadline() const;

  struct Unanswered {
    std::uint32_t routing_id;
    std::uint64_t id;
    Form form;
    Time accepted;
    bool begun;  ///< with a worker
  };
  /// Every request that has not been told, for the end of a drain; in order for each client.
  [[nodiscard]] std::vector<Unanswered> all_unanswered() const;
  /// Nothing is queued, nothing is running for a client that is still here.
  [[nodiscard]] bool at_rest() const noexcept { return unanswered_ == 0; }

  [[nodiscard]] std::size_t unanswered() const noexcept { return unanswered_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t workers() const noexcept { return workers_.size(); }
  [[nodiscard]] std::size_t idle_workers() const noexcept { return idle_.size(); }
  /// Those that have work, and are not hung.
  [[nodiscard]] std::size_t busy_workers() const noexcept;
  [[nodiscard]] std::size_t hung_workers() const noexcept { return hung_; }
  [[nodiscard]] bool is_hung(std::uint32_t worker) const noexcept { return workers_[worker].hung; }
  /// How many of them have nobody in their place.
  [[nodiscard]] std::size_t missing_workers() const noexcept { return hung_ - replaced_; }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;

  /// A queued request; places are linked into their lane's queue, or into the list of free ones.
  struct Place {
    std::uint64_t id = 0;
    Time accepted{0};
    Form form;
    std::uint32_t next = none;
    std::string body;
  };
  struct Lane {
    std::uint32_t routing_id = 0;
    bool open = false;
    bool parked = false;
    bool ready = false;    ///< in the ring
    LaneId before = none;  ///< neighbours in the ring
    LaneId after = none;
    std::uint32_t first = none;
    std::uint32_t last = none;
    std::uint32_t queued = 0;
    std::uint32_t lent = 0;    ///< with a worker
    std::uint32_t worker = 0;  ///< the one that has them
    std::size_t bytes = 0;     ///< of its unanswered requests
    std::shared_ptr<const std::string> name;
  };
  struct Worker {
    Batch* batch = nullptr;  ///< null: idle or unknown
    std::size_t told = 0;    ///< jobs before this one have been told
    Time since{0};           ///< when it got the batch, or what it had not begun of it was taken back
    bool asked = false;      ///< to give back what it has not begun
    bool hung = false;       ///< everything of its batch has been told, and it is still at it
    bool replaced = false;   ///< another one is in its place

    [[nodiscard]] bool may_be_asked() const noexcept { return batch != nullptr && !asked && batch->size >= 2; }
    /// It is in the last request of its batch, and nobody has given up on that.
    [[nodiscard]] bool may_hang() const noexcept { return batch != nullptr && told + 1 == batch->size; }
  };

  [[nodiscard]] bool may_run(const Lane& lane) const noexcept {
    return lane.open && !lane.parked && lane.queued > 0 && lane.lent == 0;
  }
  std::size_t drop_queue(Lane& lane);
  void enter_ring(LaneId id, bool in_front);
  void leave_ring(LaneId id);
  void free_if_done(LaneId id);
  void add_place();
  void reserve_places(std::size_t count);
  std::uint32_t take_free_place() noexcept;
  void free_place(std::uint32_t index);
  void pop_into(LaneId id, Job& job);
  void push_front(Job& job);
  /// The job is no longer with a worker; adds it to results_ when its client is still here.
  void end_job(Job& job);
  void uncount(Lane& lane, const Job& job);
  void requeue(Batch& batch, std::size_t from);
  void give_back(Worker& worker);
  void add_late(const Worker& worker, Time now);
  void forget_hung(Worker& worker);
  void reserve_batch(std::size_t jobs);
  Batch* take_free_batch() noexcept;

  Limits limits_;
  BatchSizer sizer_;
  std::vector<Lane> lanes_;
  std::vector<LaneId> free_lanes_;
  std::vector<Place> places_;
  std::uint32_t free_places_ = none;
  LaneId ring_first_ = none;
  LaneId ring_last_ = none;
  std::size_t ring_size_ = 0;
  std::vector<Worker> workers_;
  std::vector<std::uint32_t> idle_;  ///< the one that ended last is first to get work: its caches are warm
  std::vector<std::unique_ptr<Batch>> batches_;
  std::vector<Batch*> free_batches_;
  std::vector<Job*> results_;
  std::vector<std::unique_ptr<Job>> late_;  ///< what end_hung() told: the jobs themselves are their handlers' still
  std::size_t bytes_ = 0;
  std::size_t unanswered_ = 0;
  std::uint64_t dispatches_ = 0;
  std::size_t hung_ = 0;
  std::size_t replaced_ = 0;  ///< of them
  Time hung_from_;            ///< before this, end_hung() has nothing to do
};

}  // namespace rollcall::core
