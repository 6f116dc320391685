// What the scheduler does about workers that take too long: with a batch, or with a single request.
#include <algorithm>
#include <cassert>
#include <string>

#include "core/scheduler.hpp"

namespace rollcall::core {

std::optional<std::uint32_t> Scheduler::overdue(Time now) {
  for (std::uint32_t number = 0; number < workers_.size(); ++number) {
    Worker& worker = workers_[number];
    if (!worker.may_be_asked() || now - worker.since < reclaim_after) continue;
    worker.asked = true;
    return number;
  }
  return std::nullopt;
}

std::size_t Scheduler::busy_workers() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      workers_.begin(), workers_.end(), [](const Worker& each) { return each.batch != nullptr && !each.hung; }));
}

std::optional<Time> Scheduler::next_deadline() const {
  std::optional<Time> earliest;
  const auto consider = [&earliest](Time time) {
    if (!earliest || time < *earliest) earliest = time;
  };
  const bool hangs = limits_.handler_time_max.count() > 0;
  for (const Worker& worker : workers_) {
    if (worker.may_be_asked()) consider(worker.since + reclaim_after);
    if (hangs && worker.may_hang()) consider(worker.since + limits_.handler_time_max);
  }
  return earliest;
}

Scheduler::Results Scheduler::end_hung(Time now) {
  results_.clear();
  if (now < hung_from_) return results_;
  late_.clear();
  for (const Worker& worker : workers_) {
    if (worker.may_hang() && worker.since + limits_.handler_time_max <= now) add_late(worker, now);
  }
  results_.reserve(late_.size());
  // From here on nothing fails.
  hung_from_ = now + limits_.handler_time_max;  // for every worker that gets its batch from now on
  auto told = late_.begin();
  for (Worker& worker : workers_) {
    if (!worker.may_hang()) continue;
    const Time end = worker.since + limits_.handler_time_max;
    if (end > now) {
      hung_from_ = std::min(hung_from_, end);
    } else {
      end_job(**told++);
      ++worker.told;
      worker.hung = true;
      ++hung_;
    }
  }
  return results_;
}

void Scheduler::add_late(const Worker& worker, Time now) {
  const Job& running = worker.batch->jobs[worker.told];
  // The handler may be reading the job's name and body, and will write its reply.
  Job& told = *late_.emplace_back(std::make_unique<Job>());
  told.lane = running.lane;
  told.routing_id = running.routing_id;
  told.id = running.id;
  told.accepted = running.accepted;
  told.form = running.form;
  told.count = running.count;
  told.version = running.version;
  told.dispatch = running.dispatch;
  told.charge = running.charge;
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(now - worker.since);
  fail(told, wire::ErrorCode::handler_timeout,
       "the handler has not answered for " + std::to_string(taken.count()) + " ms, and may still be running");
}

std::optional<std::uint32_t> Scheduler::to_replace() {
  if (hung_ == replaced_ || replaced_ >= hung_workers_max) return std::nullopt;
  const auto missing =
      std::find_if(workers_.begin(), workers_.end(), [](const Worker& each) { return each.hung && !each.replaced; });
  assert(missing != workers_.end());
  missing->replaced = true;
  ++replaced_;
  return static_cast<std::uint32_t>(missing - workers_.begin());
}

void Scheduler::forget_hung(Worker& worker) {
  Job& job = worker.batch->jobs[worker.told - 1];
  job.name.reset();
  recycle(job.body);
  --hung_;
  if (worker.replaced) --replaced_;
}

}  // namespace rollcall::core
