// The threads that run the handler, with real threads and sockets: io/worker_pool.hpp.
#include "io/worker_pool.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>
#include <set>

namespace rollcall::io {
namespace {

constexpr std::chrono::seconds deadline{20};

core::ServerEvent wait_for_report(WorkerPool& pool) {
  core::ServerEvent event;
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!pool.receive(event)) {
    pollfd item{pool.fd(), POLLIN, 0};
    poll(&item, 1, 1000);
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("no report of a worker");
  }
  return event;
}

std::shared_ptr<core::Batch> batch_of(std::initializer_list<const char*> bodies) {
  auto batch = std::make_shared<core::Batch>();
  for (const char* body : bodies) {
    core::Job& job = batch->jobs.emplace_back();
    job.form.plain = true;
    job.body = body;
    job.name = std::make_shared<const std::string>("ana");
    job.reply_bytes_max = 1000;
  }
  batch->size = batch->jobs.size();
  return batch;
}

TEST(WorkerPool, EveryWorkerReportsThatItIsReady) {
  WorkerPool pool(
      3, [](auto, auto, auto) { return std::string(); }, nullptr);
  std::set<std::uint32_t> ready;
  while (ready.size() < 3) ready.insert(std::get<core::WorkerReady>(wait_for_report(pool)).worker);
  EXPECT_EQ(ready, (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_TRUE(pool.stop(deadline));
}

TEST(WorkerPool, RunsABatchInOrderAndTellsTheTime) {
  std::vector<std::string> seen;
  WorkerPool pool(
      1,
      [&seen](std::string_view body, std::string_view name, std::uint32_t) {
        seen.emplace_back(body);
        return std::string(name) + ' ' + std::string(body);
      },
      nullptr);
  wait_for_report(pool);
  const auto batch = batch_of({"a", "b"});
  pool.lend({0, batch.get()});
  pool.dispatch({0, batch.get()});
  const auto finished = std::get<core::Finished>(wait_for_report(pool));
  EXPECT_EQ(finished.ran, 2U);
  EXPECT_GT(finished.busy.count(), 0);
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(batch->jobs[1].reply, "ana b");
  EXPECT_TRUE(pool.stop(deadline));
}

TEST(WorkerPool, AHandlerMayThrowAnything) {
  WorkerPool pool(
      1,
      [](std::string_view body, std::string_view, std::uint32_t) -> std::string {
        if (body == "odd") throw 42;
        throw std::runtime_error("no " + std::string(body));
      },
      nullptr);
  wait_for_report(pool);
  const auto batch = batch_of({"luck", "odd"});
  pool.lend({0, batch.get()});
  pool.dispatch({0, batch.get()});
  wait_for_report(pool);
  EXPECT_EQ(batch->jobs[0].reply, "ERROR 17 HANDLER_FAILED: no luck");
  EXPECT_TRUE(batch->jobs[1].reply.starts_with("ERROR 17 HANDLER_FAILED: "));
  EXPECT_TRUE(pool.stop(deadline));
}

TEST(WorkerPool, TakesBackWhatIsNotBegun) {
  std::promise<void> begun;
  std::promise<void> go_on;
  WorkerPool pool(
      1,
      [&](std::string_view, std::string_view, std::uint32_t) {
        begun.set_value();
        go_on.get_future().wait();
        return std::string("done");
      },
      nullptr);
  wait_for_report(pool);
  const auto batch = batch_of({"slow", "behind it", "behind it too"});
  pool.lend({0, batch.get()});
  pool.dispatch({0, batch.get()});
  begun.get_future().wait();
  EXPECT_EQ(pool.reclaim(0).begun, 1U);
  go_on.set_value();
  EXPECT_EQ(std::get<core::Finished>(wait_for_report(pool)).ran, 1U);
  EXPECT_TRUE(batch->jobs[1].reply.empty());
  EXPECT_TRUE(pool.stop(deadline));
}

TEST(WorkerPool, ABatchCanBeTakenBackBeforeAnybodyRunsIt) {
  WorkerPool pool(
      1, [](auto body, auto, auto) { return std::string(body); }, nullptr);
  wait_for_report(pool);
  const auto first = batch_of({"a", "b"});
  pool.lend({0, first.get()});
  EXPECT_EQ(pool.finished(pool.run({0, first.get()})).ran, 2U);
  const auto second = batch_of({"c", "d", "e"});
  pool.lend({0, second.get()});
  EXPECT_EQ(pool.reclaim(0).begun, 0U);
  EXPECT_EQ(pool.finished(pool.run({0, second.get()})).ran, 0U);
  EXPECT_TRUE(second->jobs[0].reply.empty());
  EXPECT_TRUE(pool.stop(deadline));
}

TEST(WorkerPool, LeavesAHandlerBehindThatDoesNotReturn) {
  std::promise<void> begun;
  std::promise<void> go_on;
  auto batch = batch_of({"endless"});
  const std::weak_ptr<core::Batch> kept = batch;
  auto pool = std::make_unique<WorkerPool>(
      1,
      [&](std::string_view, std::string_view, std::uint32_t) {
        begun.set_value();
        go_on.get_future().wait();
        return std::string("at last");
      },
      batch);
  wait_for_report(*pool);
  pool->lend({0, batch.get()});
  pool->dispatch({0, batch.get()});
  begun.get_future().wait();
  batch.reset();
  EXPECT_FALSE(pool->stop(std::chrono::milliseconds{1}));
  pool.reset();
  EXPECT_FALSE(kept.expired()) << "the thread still writes to it";
  go_on.set_value();
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!kept.expired() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(kept.expired());
}

}  // namespace
}  // namespace rollcall::io
