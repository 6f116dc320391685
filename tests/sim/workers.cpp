#include "sim/workers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/job.hpp"
#include "sim/trace.hpp"

namespace rollcall::sim {

using namespace std::chrono_literals;

namespace {

constexpr core::Time never = core::Time::max();

}  // namespace

std::uint32_t Workers::start(bool quick) {
  if (owed_ > 0) --owed_;
  std::uint32_t number = next_number_;
  if (!gone_.empty() && random_.chance(60)) {
    number = gone_.back();
    gone_.pop_back();
  } else {
    ++next_number_;
  }
  Worker worker;
  worker.speed = quick ? Speed::instant : static_cast<Speed>(random_.below(4));
  workers_[number] = std::move(worker);
  return number;
}

void Workers::kill_one() {
  std::vector<std::uint32_t> alive;
  for (const auto& [number, worker] : workers_) {
    if (worker.alive) alive.push_back(number);
  }
  if (alive.empty()) return;
  const std::uint32_t number = random_.pick(alive);
  Worker& worker = workers_[number];
  worker.alive = false;
  worker.reports.push_back({Kind::lost, number, 0, 0ns});
}

void Workers::dispatch(const core::Dispatch& dispatch, core::Time now) {
  Worker& worker = workers_.at(dispatch.worker);
  require(worker.batch == nullptr, "work goes to idle workers only");
  worker.batch = dispatch.batch;
  worker.size = dispatch.batch->size;
  worker.begun = 0;
  worker.running = false;
  worker.busy = 0ns;
  worker.reclaim_at.reset();
  worker.clock = now + (random_.chance(50) ? 0ns : random_.time(0us, 300us));
}

void Workers::reclaim(std::uint32_t number, core::Time now) {
  Worker& worker = workers_.at(number);
  worker.reclaim_at = now + (random_.chance(60) ? 0ns : random_.time(0us, 5ms));
}

void Workers::replace(std::uint32_t number) {
  workers_.at(number).replaced = true;
  ++owed_;
}

std::chrono::nanoseconds Workers::duration(Speed speed) {
  switch (speed) {
    case Speed::instant:
      return 200ns;
    case Speed::fast:
      return random_.time(1us, 30us);
    case Speed::slow:
      return random_.time(100us, 4ms);
    case Speed::very_slow:
      return random_.chance(20) ? random_.time(500ms, 5s) : random_.time(1us, 100us);
  }
  return 0ns;
}

void Workers::begin(std::uint32_t number, Worker& worker) {
  model_.begun(number, worker.begun);
  ++worker.begun;
  worker.running = true;
  worker.body = worker.batch->jobs[worker.begun - 1].body;
  auto time = duration(worker.speed);
  if (random_.chance(hang_percent_)) {
    if (for_ever_ && random_.chance(20)) {
      worker.clock = never;
      return;
    }
    time = random_.time(1ms, 100s);
  }
  worker.clock += time;
  worker.busy += time;
}

void Workers::finish(Worker& worker) {
  core::Job& job = worker.batch->jobs[worker.begun - 1];
  require(job.body == worker.body && job.name, "what a handler uses is left alone until it returns");
  switch (outcome_of(job.body)) {
    case Outcome::reply:
      core::answer(job, answer_to(job.body));
      break;
    case Outcome::failure:
      core::fail(job, wire::ErrorCode::handler_failed, "the simulated handler threw");
      break;
    case Outcome::too_large:
      core::answer(job, std::string(job.reply_bytes_max + 1, 'x'));
      break;
  }
  worker.running = false;
}

void Workers::run(std::uint32_t number, Worker& worker, core::Time now) {
  while (worker.alive && worker.batch != nullptr) {
    const bool more = worker.begun < worker.size;
    const bool next_is_later = worker.clock > now;
    if (worker.reclaim_at && *worker.reclaim_at <= (next_is_later ? now : worker.clock) && (worker.running || more)) {
      worker.size = worker.begun;
      worker.reclaim_at.reset();
      worker.reports.push_back({Kind::reclaimed, number, static_cast<std::uint32_t>(worker.begun), 0ns});
      continue;
    }
    if (next_is_later) return;
    if (worker.running) {
      finish(worker);
    } else if (more) {
      begin(number, worker);
    } else {
      worker.batch = nullptr;
      worker.reports.push_back({Kind::finished, number, static_cast<std::uint32_t>(worker.begun), worker.busy});
    }
  }
}

void Workers::run(core::Time now) {
  for (auto& [number, worker] : workers_) run(number, worker, now);
}

void Workers::heal(core::Time now) {
  hang_percent_ = 0;
  for (auto& [number, worker] : workers_) {
    worker.speed = Speed::instant;
    if (worker.clock == never && random_.chance(50)) worker.clock = now;
    if (worker.reclaim_at) worker.reclaim_at = std::min(*worker.reclaim_at, now);
  }
}

std::optional<Workers::Report> Workers::next_report() {
  std::vector<std::uint32_t> reporting;
  for (const auto& [number, worker] : workers_) {
    if (!worker.reports.empty()) reporting.push_back(number);
  }
  if (reporting.empty()) return std::nullopt;
  const std::uint32_t number = random_.pick(reporting);
  Worker& worker = workers_[number];
  Report report = worker.reports.front();
  worker.reports.pop_front();
  if (report.kind == Kind::finished && worker.replaced) {
    workers_.erase(number);
    gone_.push_back(number);
  } else if (report.kind == Kind::lost) {
    report.begun = worker.batch == nullptr ? 0 : static_cast<std::uint32_t>(worker.begun);
    workers_.erase(number);
    gone_.push_back(number);
  }
  return report;
}

std::optional<core::Time> Workers::next_time() const {
  std::optional<core::Time> earliest;
  for (const auto& [number, worker] : workers_) {
    if (!worker.alive || worker.batch == nullptr) continue;
    const core::Time time = worker.reclaim_at ? std::min(*worker.reclaim_at, worker.clock) : worker.clock;
    if (time == never) continue;
    earliest = earliest ? std::min(*earliest, time) : time;
  }
  return earliest;
}

std::size_t Workers::alive() const {
  return static_cast<std::size_t>(std::count_if(
      workers_.begin(), workers_.end(), [](const auto& each) { return each.second.alive && !each.second.replaced; }));
}

}  // namespace rollcall::sim
