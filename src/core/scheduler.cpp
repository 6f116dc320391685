#include "core/scheduler.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace rollcall::core {
namespace {

/// What a request counts against the bounds on bytes, until it has been told: its body and its place.
std::size_t charge(std::string_view body) { return body.size() + kept_buffer_bytes_max; }

}  // namespace

void Scheduler::reserve_lane() {
  constexpr std::size_t first_lanes = 16;
  if (!free_lanes_.empty()) return;
  if (lanes_.size() == lanes_.capacity()) lanes_.reserve(std::max(first_lanes, 2 * lanes_.size()));
  free_lanes_.reserve(lanes_.capacity());  // so that close() of any of them allocates nothing
  lanes_.emplace_back();
  free_lanes_.push_back(static_cast<LaneId>(lanes_.size() - 1));
}

LaneId Scheduler::open(std::uint32_t routing_id, std::shared_ptr<const std::string> name) {
  reserve_lane();
  const LaneId id = free_lanes_.back();
  free_lanes_.pop_back();
  Lane& lane = lanes_[id];
  lane = Lane{};
  lane.routing_id = routing_id;
  lane.open = true;
  lane.name = std::move(name);
  return id;
}

std::size_t Scheduler::close(LaneId id) {
  Lane& lane = lanes_[id];
  assert(lane.open);
  const std::size_t dropped = lane.queued;
  unanswered_ -= lane.queued + lane.lent;
  bytes_ -= lane.bytes;
  drop_queue(lane);
  lane.bytes = 0;
  lane.open = false;
  lane.name.reset();
  if (lane.ready) leave_ring(id);
  free_if_done(id);
  return dropped;
}

std::size_t Scheduler::drop_queue(Lane& lane) {
  std::size_t bytes = 0;
  for (; lane.queued > 0; --lane.queued) {
    const std::uint32_t index = lane.first;
    bytes += charge(places_[index].body);
    lane.first = places_[index].next;
    free_place(index);
  }
  return bytes;
}

std::uint64_t Scheduler::first_queued(LaneId id) const noexcept {
  const Lane& lane = lanes_[id];
  std::uint64_t first = 0;
  std::uint32_t place = lane.first;
  for (std::uint32_t i = 0; i < lane.queued && first == 0; ++i, place = places_[place].next) {
    first = places_[place].id;  // plain ones have none
  }
  return first;
}

std::size_t Scheduler::park(LaneId id) {
  Lane& lane = lanes_[id];
  assert(lane.open && !lane.parked);
  const std::size_t dropped = lane.queued;
  unanswered_ -= dropped;
  const std::size_t bytes = drop_queue(lane);
  lane.bytes -= bytes;
  bytes_ -= bytes;
  lane.parked = true;
  if (lane.ready) leave_ring(id);
  return dropped;
}

void Scheduler::resume(LaneId id, std::uint32_t routing_id) {
  Lane& lane = lanes_[id];
  assert(lane.open && lane.parked);
  lane.parked = false;
  lane.routing_id = routing_id;
  if (may_run(lane)) enter_ring(id, false);
}

bool Scheduler::is_unanswered(LaneId id, std::uint64_t request_id) const {
  const Lane& lane = lanes_[id];
  std::uint32_t place = lane.first;
  for (std::uint32_t i = 0; i < lane.queued; ++i, place = places_[place].next) {
    if (places_[place].id == request_id) return true;
  }
  if (lane.lent == 0) return false;
  const Worker& worker = workers_[lane.worker];
  const std::span<const Job> jobs(worker.batch->jobs.data(), worker.batch->size);
  const auto untold = jobs.subspan(worker.told);
  return std::any_of(untold.begin(), untold.end(),
                     [&](const Job& job) { return job.lane == id && job.id == request_id; });
}

void Scheduler::rename(LaneId id, std::shared_ptr<const std::string> name) { lanes_[id].name = std::move(name); }

Scheduler::Admission Scheduler::push(LaneId id, std::uint64_t request_id, Form form, std::string_view body, Time now) {
  Lane& lane = lanes_[id];
  assert(lane.open);
  if (lane.queued + lane.lent >= limits_.window) return Admission::window_full;
  const std::size_t bytes = charge(body);
  if (lane.bytes != 0 && lane.bytes + bytes > limits_.client_queue_bytes_max) return Admission::client_bytes_full;
  if (bytes_ != 0 && bytes_ + bytes > limits_.total_queue_bytes_max) return Admission::total_bytes_full;
  if (free_places_ == none) add_place();
  places_[free_places_].body.assign(body);
  const std::uint32_t index = take_free_place();  // from here on nothing fails
  Place& place = places_[index];
  place.id = request_id;
  place.accepted = now;
  place.form = form;
  place.next = none;
  (lane.last == none || lane.queued == 0 ? lane.first : places_[lane.last].next) = index;
  lane.last = index;
  ++lane.queued;
  lane.bytes += bytes;
  bytes_ += bytes;
  ++unanswered_;
  if (!lane.ready && may_run(lane)) enter_ring(id, false);
  return Admission::accepted;
}

void Scheduler::add_worker(std::uint32_t worker) {
  if (worker >= workers_.size()) workers_.resize(worker + std::size_t{1});
  assert(workers_[worker].batch == nullptr);
  idle_.reserve(workers_.capacity());  // so that none of them allocates when it is idle again
  idle_.push_back(worker);
}

std::optional<Scheduler::Work> Scheduler::dispatch(std::uint32_t count, std::uint64_t version, Time now) {
  if (idle_.empty() || ring_size_ == 0) return std::nullopt;
  const std::size_t jobs_max = sizer_.jobs_max();
  reserve_batch(std::min(jobs_max, unanswered_));
  // From here on nothing fails.
  const std::uint32_t worker = idle_.back();
  idle_.pop_back();
  Batch* batch = take_free_batch();
  const std::size_t run_max = std::max<std::size_t>(1, jobs_max / ring_size_);
  while (ring_size_ > 0 && batch->size < jobs_max) {
    const LaneId id = ring_first_;
    leave_ring(id);
    lanes_[id].worker = worker;
    for (std::size_t i = 0; i < run_max && lanes_[id].queued > 0; ++i) {
      Job& job = batch->jobs[batch->size++];
      pop_into(id, job);
      job.count = count;
      job.version = version;
      job.dispatch = ++dispatches_;
      job.reply_bytes_max = limits_.message_bytes_max;
    }
  }
  Worker& taker = workers_[worker];
  taker.batch = batch;
  taker.since = now;
  return Work{worker, batch, sizer_.expected(batch->size)};
}

Scheduler::Results Scheduler::finished(std::uint32_t number, std::uint32_t ran, std::chrono::nanoseconds busy) {
  results_.clear();
  Worker& worker = workers_[number];
  assert(worker.batch != nullptr && ran == worker.batch->size);
  for (std::size_t i = worker.told; i < worker.batch->size; ++i) end_job(worker.batch->jobs[i]);
  sizer_.measured(busy, ran);
  const bool replaced = worker.replaced;
  if (worker.hung) forget_hung(worker);
  give_back(worker);
  if (!replaced) idle_.push_back(number);
  return results_;
}

Scheduler::Results Scheduler::take_back(std::uint32_t number, std::uint32_t begun, Time now) {
  results_.clear();
  Worker& worker = workers_[number];
  Batch& batch = *worker.batch;
  assert(begun <= batch.size && !worker.hung);
  reserve_places(batch.size - begun);
  // From here on nothing fails.
  requeue(batch, begun);
  worker.since = now;
  for (; worker.told + 1 < begun; ++worker.told) end_job(batch.jobs[worker.told]);
  return results_;
}

Scheduler::Results Scheduler::lost(std::uint32_t number, std::uint32_t begun) {
  results_.clear();
  Worker& worker = workers_[number];
  if (worker.batch == nullptr) {
    std::erase(idle_, number);
    return results_;
  }
  if (worker.hung) {  // whether it had begun or not, its request has been told
    forget_hung(worker);
    give_back(worker);
    return results_;
  }
  Batch& batch = *worker.batch;
  assert(begun <= batch.size);
  reserve_places(batch.size - begun);
  if (worker.told < begun) {
    fail(batch.jobs[begun - 1], wire::ErrorCode::handler_failed, "the worker ended while it ran the request");
  }
  // From here on nothing fails.
  requeue(batch, begun);
  for (; worker.told < begun; ++worker.told) end_job(batch.jobs[worker.told]);
  give_back(worker);
  return results_;
}

std::vector<Scheduler::Unanswered> Scheduler::all_unanswered() const {
  std::vector<Unanswered> all;
  for (const Worker& worker : workers_) {
    if (worker.batch == nullptr) continue;
    for (std::size_t i = worker.told; i < worker.batch->size; ++i) {
      const Job& job = worker.batch->jobs[i];
      const Lane& lane = lanes_[job.lane];
      const bool unheard = job.form.plain && job.routing_id != lane.routing_id;
      if (lane.open && !unheard) all.push_back({lane.routing_id, job.id, job.form, job.accepted, true});
    }
  }
  for (const Lane& lane : lanes_) {
    std::uint32_t place = lane.first;
    for (std::uint32_t i = 0; i < lane.queued; ++i, place = places_[place].next) {
      const Place& queued = places_[place];
      all.push_back({lane.routing_id, queued.id, queued.form, queued.accepted, false});
    }
  }
  return all;
}

void Scheduler::enter_ring(LaneId id, bool in_front) {
  Lane& lane = lanes_[id];
  lane.ready = true;
  lane.before = in_front ? none : ring_last_;
  lane.after = in_front ? ring_first_ : none;
  (lane.before == none ? ring_first_ : lanes_[lane.before].after) = id;
  (lane.after == none ? ring_last_ : lanes_[lane.after].before) = id;
  ++ring_size_;
}

void Scheduler::leave_ring(LaneId id) {
  Lane& lane = lanes_[id];
  assert(lane.ready);
  (lane.before == none ? ring_first_ : lanes_[lane.before].after) = lane.after;
  (lane.after == none ? ring_last_ : lanes_[lane.after].before) = lane.before;
  lane.ready = false;
  --ring_size_;
}

void Scheduler::free_if_done(LaneId id) {
  const Lane& lane = lanes_[id];
  if (!lane.open && lane.lent == 0) free_lanes_.push_back(id);
}

void Scheduler::add_place() {
  const auto index = static_cast<std::uint32_t>(places_.size());
  places_.emplace_back();
  places_[index].next = std::exchange(free_places_, index);
}

void Scheduler::reserve_places(std::size_t count) {
  std::size_t free = 0;
  for (std::uint32_t place = free_places_; place != none && free < count; place = places_[place].next) ++free;
  for (; free < count; ++free) add_place();
}

std::uint32_t Scheduler::take_free_place() noexcept {
  assert(free_places_ != none);
  return std::exchange(free_places_, places_[free_places_].next);
}

void Scheduler::free_place(std::uint32_t index) {
  recycle(places_[index].body);
  places_[index].next = std::exchange(free_places_, index);
}

void Scheduler::pop_into(LaneId id, Job& job) {
  Lane& lane = lanes_[id];
  const std::uint32_t index = lane.first;
  Place& place = places_[index];
  job.lane = id;
  job.routing_id = lane.routing_id;
  job.id = place.id;
  job.accepted = place.accepted;
  job.form = place.form;
  job.charge = charge(place.body);
  job.name = lane.name;
  job.body.swap(place.body);
  lane.first = place.next;
  --lane.queued;
  ++lane.lent;
  free_place(index);
}

void Scheduler::push_front(Job& job) {
  Lane& lane = lanes_[job.lane];
  const std::uint32_t index = take_free_place();
  Place& place = places_[index];
  place.id = job.id;
  place.accepted = job.accepted;
  place.form = job.form;
  place.body.swap(job.body);
  place.next = lane.first;
  if (lane.queued == 0) lane.last = index;
  lane.first = index;
  ++lane.queued;
}

void Scheduler::uncount(Lane& lane, const Job& job) {
  lane.bytes -= job.charge;
  bytes_ -= job.charge;
  --unanswered_;
}

void Scheduler::end_job(Job& job) {
  Lane& lane = lanes_[job.lane];
  assert(lane.lent > 0);
  --lane.lent;
  job.name.reset();
  recycle(job.body);
  if (!lane.open) {
    free_if_done(job.lane);
    return;
  }
  uncount(lane, job);
  results_.push_back(&job);
  if (!lane.ready && may_run(lane)) enter_ring(job.lane, false);
}

void Scheduler::requeue(Batch& batch, std::size_t from) {
  // From the back, so that every client's requests come to stand before its later ones, in order, and the clients in
  // the ring's order before those that have not had their turn.
  for (std::size_t i = batch.size; i-- > from;) {
    Job& job = batch.jobs[i];
    Lane& lane = lanes_[job.lane];
    --lane.lent;
    job.name.reset();
    // A plain request has no id to ask for its answer by, so nobody waits for it on another connection.
    const bool unheard = job.form.plain && (lane.parked || job.routing_id != lane.routing_id);
    if (!lane.open || unheard) {
      recycle(job.body);
      if (lane.open) uncount(lane, job);
      free_if_done(job.lane);
      if (!lane.ready && may_run(lane)) enter_ring(job.lane, false);  // what came on the other connection
      continue;
    }
    push_front(job);
    if (!lane.ready && may_run(lane)) enter_ring(job.lane, true);
  }
  batch.size = from;
}

void Scheduler::give_back(Worker& worker) {
  free_batches_.push_back(worker.batch);
  worker = Worker{};
}

void Scheduler::reserve_batch(std::size_t jobs) {
  if (free_batches_.empty()) {
    free_batches_.reserve(batches_.size() + 1);  // so that give_back() of any of them allocates nothing
    batches_.push_back(std::make_unique<Batch>());
    free_batches_.push_back(batches_.back().get());
  }
  Batch& batch = *free_batches_.back();
  if (batch.jobs.size() < jobs) batch.jobs.resize(jobs);
  results_.reserve(jobs);  // so that end_job() of any of them allocates nothing
}

Batch* Scheduler::take_free_batch() noexcept {
  Batch* batch = free_batches_.back();
  free_batches_.pop_back();
  for (std::size_t i = 0; i < batch->size; ++i) recycle(batch->jobs[i].reply);
  batch->size = 0;
  return batch;
}

}  // namespace rollcall::core
