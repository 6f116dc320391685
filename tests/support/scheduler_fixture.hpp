// A small language for tests of the Scheduler: requests are written as client and id, "ana1".
//
//   join("ana"); push("ana", 1); start_workers(1);
//   EXPECT_EQ(dispatch(), "worker 0: ana1");
//   EXPECT_EQ(finish(0), "ana1");
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/scheduler.hpp"

namespace rollcall::test {

using namespace std::chrono_literals;

class SchedulerTest : public ::testing::Test {
 protected:
  using Admission = core::Scheduler::Admission;

  // Before the first call.
  core::Limits limits;
  core::Time now = 100s;
  std::chrono::nanoseconds handler_time = 10us;  ///< for each job; 20 jobs to a batch, as before anything is known

  core::Scheduler& scheduler() {
    if (!scheduler_) scheduler_ = std::make_unique<core::Scheduler>(limits);
    return *scheduler_;
  }

  core::LaneId join(const std::string& who) {
    names_.push_back(who);
    const auto routing_id = static_cast<std::uint32_t>(names_.size() - 1);
    return lanes_[who] = scheduler().open(routing_id, std::make_shared<const std::string>(who));
  }
  void join_all(const std::vector<std::string>& everybody) {
    for (const std::string& who : everybody) join(who);
  }
  std::size_t leave(const std::string& who) { return scheduler().close(lanes_.at(who)); }

  /// "2 dropped from 5", or "0 dropped".
  std::string park(const std::string& who) {
    const std::uint64_t first = scheduler().first_queued(lanes_.at(who));
    const std::string from = first > 0 ? " from " + std::to_string(first) : "";
    const std::size_t dropped = scheduler().park(lanes_.at(who));
    return std::to_string(dropped) + " dropped" + from;
  }
  void resume(const std::string& who) {
    names_.push_back(who);
    scheduler().resume(lanes_.at(who), static_cast<std::uint32_t>(names_.size() - 1));
  }
  bool is_unanswered(const std::string& who, std::uint64_t id) { return scheduler().is_unanswered(lanes_.at(who), id); }

  Admission try_push(const std::string& who, std::uint64_t id, std::string_view body = "oi") {
    return scheduler().push(lanes_.at(who), id, {}, body, now);
  }
  void push(const std::string& who, std::uint64_t id, std::string_view body = "oi") {
    ASSERT_EQ(try_push(who, id, body), Admission::accepted) << who << id;
  }
  void push_range(const std::string& who, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t id = from; id <= to; ++id) push(who, id);
  }

  void start_workers(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) scheduler().add_worker(i);
  }
  /// "worker 0: ana1 ben1", or "nothing".
  std::string dispatch(std::uint32_t count = 1, std::uint64_t version = 1) {
    const auto work = scheduler().dispatch(count, version, now);
    if (!work) return "nothing";
    lent_[work->worker] = work->batch;
    std::string line = "worker " + std::to_string(work->worker) + ":";
    for (std::size_t i = 0; i < work->batch->size; ++i) line += " " + name_of(work->batch->jobs[i]);
    return line;
  }
  [[nodiscard]] const core::Batch& batch(std::uint32_t worker) const { return *lent_.at(worker); }

  // Each returns the results, such as "ana1 ana2 ben1".
  std::string finish(std::uint32_t worker) {
    core::Batch& done = *lent_.at(worker);
    const auto ran = static_cast<std::uint32_t>(done.size);
    for (std::size_t i = 0; i < done.size; ++i) core::answer(done.jobs[i], "done");
    return names_of(scheduler().finished(worker, ran, handler_time * ran));
  }
  std::string take_back(std::uint32_t worker, std::uint32_t begun) {
    core::Batch& lent = *lent_.at(worker);
    for (std::size_t i = 0; i + 1 < begun; ++i) core::answer(lent.jobs[i], "done");
    return names_of(scheduler().take_back(worker, begun, now));
  }
  /// What is over its time: "ana1", in the order of the workers.
  std::string end_hung() { return names_of(scheduler().end_hung(now)); }
  /// "2 0", or "nobody".
  std::string to_replace() {
    std::string line;
    while (const auto worker = scheduler().to_replace()) line += (line.empty() ? "" : " ") + std::to_string(*worker);
    return line.empty() ? "nobody" : line;
  }
  std::string lose(std::uint32_t worker, std::uint32_t begun) { return names_of(scheduler().lost(worker, begun)); }
  /// Everything that has not been told: "ana1* ben1", a star for what is with a worker.
  std::string unanswered() {
    std::string line;
    for (const auto& each : scheduler().all_unanswered()) {
      line += (line.empty() ? "" : " ") + names_[each.routing_id] + std::to_string(each.id) + (each.begun ? "*" : "");
    }
    return line;
  }

  /// Lets the scheduler see a handler that takes `time`, often enough to believe it. Needs an idle worker.
  void learn(std::chrono::nanoseconds time) {
    handler_time = time;
    join("teacher");
    for (std::uint64_t id = 1; id <= 200; ++id) {
      push("teacher", id);
      const auto work = scheduler().dispatch(1, 1, now);
      scheduler().finished(work.value().worker, 1, time);
    }
    leave("teacher");
  }
  /// How many jobs of one client an idle worker would get.
  std::size_t jobs_in_a_batch() {
    join("counter");
    for (std::uint64_t id = 1; id <= limits.window; ++id) push("counter", id);
    const auto work = scheduler().dispatch(1, 1, now);
    const std::size_t jobs = work.value().batch->size;
    leave("counter");
    scheduler().finished(work->worker, static_cast<std::uint32_t>(jobs), handler_time * jobs);
    return jobs;
  }

  std::string names_of(core::Scheduler::Results results) {
    std::string line;
    for (const core::Job* job : results) line += (line.empty() ? "" : " ") + name_of(*job);
    return line;
  }

 private:
  std::string name_of(const core::Job& job) { return names_.at(job.routing_id) + std::to_string(job.id); }

  std::unique_ptr<core::Scheduler> scheduler_;
  std::vector<std::string> names_;  ///< by routing id
  std::map<std::string, core::LaneId> lanes_;
  std::map<std::uint32_t, core::Batch*> lent_;
};

}  // namespace rollcall::test
