// The threads that run the handler, with real threads and sockets: io/worker_pool.hpp.
#include "io/worker_pool.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>

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

/// Handlers of "hang ..." return when the test says so, each once; others return at once.
class HungWorkerPool : public ::testing::Test {
 protected:
  std::string handle(std::string_view body) {
    if (!body.starts_with("hang")) return std::string(body);
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return may_return_ > 0; });
    --may_return_;
    return "at last";
  }
  void wait_until_begun(unsigned calls) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, deadline, [&] { return begun_ >= calls; }));
  }
  void let_return(unsigned calls) {
    const std::lock_guard lock(mutex_);
    may_return_ += calls;
    changed_.notify_all();
  }
  void lend(std::uint32_t worker, const std::shared_ptr<core::Batch>& batch) {
    pool.lend({worker, batch.get()});
    pool.dispatch({worker, batch.get()});
  }
  std::uint32_t wait_until_ready() { return std::get<core::WorkerReady>(wait_for_report(pool)).worker; }
  std::uint32_t wait_until_finished() { return std::get<core::Finished>(wait_for_report(pool)).worker; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned begun_ = 0;
  unsigned may_return_ = 0;

 protected:
  WorkerPool pool{1, [this](std::string_view body, std::string_view, std::uint32_t) { return handle(body); }, nullptr};
};

TEST_F(HungWorkerPool, AnotherThreadTakesThePlaceOfOneThatHangs) {
  ASSERT_EQ(wait_until_ready(), 0U);
  const auto hangs = batch_of({"hang"});
  lend(0, hangs);
  wait_until_begun(1);
  EXPECT_FALSE(pool.replace(0)) << "it is not there yet";
  ASSERT_EQ(wait_until_ready(), 1U);
  const auto quick = batch_of({"quick"});
  lend(1, quick);
  EXPECT_EQ(wait_until_finished(), 1U);
  EXPECT_EQ(quick->jobs[0].reply, "quick");
  let_return(1);
  EXPECT_EQ(wait_until_finished(), 0U);
  EXPECT_EQ(hangs->jobs[0].reply, "at last");
  EXPECT_TRUE(pool.stop(deadline));
}

TEST_F(HungWorkerPool, AThreadThatComesBackIsTheNextSpare) {
  ASSERT_EQ(wait_until_ready(), 0U);
  const auto first = batch_of({"hang"});
  const auto second = batch_of({"hang"});
  const auto third = batch_of({"hang"});
  lend(0, first);
  wait_until_begun(1);
  pool.replace(0);
  ASSERT_EQ(wait_until_ready(), 1U);
  let_return(1);
  EXPECT_EQ(wait_until_finished(), 0U);
  lend(1, second);
  wait_until_begun(2);
  const auto spare = pool.replace(1);
  ASSERT_TRUE(spare);
  EXPECT_EQ(spare->worker, 0U);
  lend(0, third);
  wait_until_begun(3);
  EXPECT_FALSE(pool.replace(0)) << "nobody is left";
  EXPECT_EQ(wait_until_ready(), 2U);
  let_return(2);
  EXPECT_EQ((std::set{wait_until_finished(), wait_until_finished()}), (std::set<std::uint32_t>{0, 1}));
  EXPECT_TRUE(pool.stop(deadline));
}

TEST_F(HungWorkerPool, WorkThatHangsInTheLoopsThreadIsReplacedToo) {
  ASSERT_EQ(wait_until_ready(), 0U);
  const auto hangs = batch_of({"hang"});
  pool.lend({0, hangs.get()});
  std::thread leader([this, &hangs] { pool.report(pool.run({0, hangs.get()})); });
  wait_until_begun(1);
  EXPECT_FALSE(pool.replace(0));
  EXPECT_EQ(wait_until_ready(), 1U);
  let_return(1);
  EXPECT_EQ(wait_until_finished(), 0U);
  leader.join();
  const auto again = batch_of({"hang"});
  lend(1, again);
  wait_until_begun(2);
  const auto spare = pool.replace(1);
  ASSERT_TRUE(spare);
  EXPECT_EQ(spare->worker, 0U);
  const auto quick = batch_of({"quick"});
  lend(0, quick);
  EXPECT_EQ(wait_until_finished(), 0U);
  EXPECT_EQ(quick->jobs[0].reply, "quick");
  let_return(1);
  wait_until_finished();
  EXPECT_TRUE(pool.stop(deadline));
}

TEST_F(HungWorkerPool, AsManyAsMayBeReplacedHaveRoom) {
  std::vector<std::shared_ptr<core::Batch>> batches;
  std::set<std::uint32_t> hung;
  std::uint32_t worker = wait_until_ready();
  for (unsigned i = 0; i < core::hung_workers_max; ++i) {
    lend(worker, batches.emplace_back(batch_of({"hang"})));
    hung.insert(worker);
    wait_until_begun(i + 1);
    EXPECT_FALSE(pool.replace(worker));
    worker = wait_until_ready();
  }
  let_return(core::hung_workers_max);
  for (unsigned i = 0; i < core::hung_workers_max; ++i) hung.erase(wait_until_finished());
  EXPECT_TRUE(hung.empty());
  EXPECT_TRUE(pool.stop(deadline));
}

}  // namespace
}  // namespace rollcall::io
