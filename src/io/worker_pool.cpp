#include "io/worker_pool.hpp"

#include <cassert>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <exception>
#include <mutex>
#include <utility>

#include "core/job.hpp"

namespace rollcall::io {
namespace {

constexpr const char* endpoint = "inproc://workers";

/// What a worker reports after each batch, and once at its start.
struct Report {
  std::uint32_t ran = 0;
  bool ready = false;
  std::int64_t busy_ns = 0;
};

template <typename Value>
zmq::message_t as_message(const Value& value) {
  return {&value, sizeof value};
}

template <typename Value>
Value as_value(const zmq::message_t& message) {
  Value value{};
  assert(message.size() == sizeof value);
  std::memcpy(&value, message.data(), sizeof value);
  return value;
}

void run(core::Job& job, const Handler& handler) {
  try {
    core::answer(job, handler(job.body, *job.name, job.count));
  } catch (const std::exception& error) {
    core::fail(job, wire::ErrorCode::handler_failed, error.what());
  } catch (...) {
    core::fail(job, wire::ErrorCode::handler_failed, "the handler threw something that is not a std::exception");
  }
}

}  // namespace

struct WorkerPool::Shared {
  Shared(unsigned workers, Handler handler_given, std::shared_ptr<void> kept_given)
      : kept(std::move(kept_given)), handler(std::move(handler_given)), cursors(workers), running(workers) {
    context.set(zmq::ctxopt::max_sockets, static_cast<int>(workers) + 8);  // libzmq's default is 1,023
  }

  std::shared_ptr<void> kept;  ///< what a thread that is left behind still writes to
  zmq::context_t context{0};
  Handler handler;
  std::vector<BatchCursor> cursors;
  std::mutex mutex;
  std::condition_variable ended;
  unsigned running;  ///< guarded by mutex
};

WorkerPool::WorkerPool(unsigned workers, Handler handler, std::shared_ptr<void> kept)
    : shared_(std::make_shared<Shared>(workers, std::move(handler), std::move(kept))),
      backend_(shared_->context, ZMQ_ROUTER) {
  backend_.set(zmq::sockopt::linger, 0);
  backend_.set(zmq::sockopt::router_mandatory, true);
  backend_.bind(endpoint);
  threads_.reserve(workers);
  try {
    for (std::uint32_t number = 0; number < workers; ++number) threads_.emplace_back(work, shared_, number);
  } catch (...) {
    stop(std::chrono::milliseconds{1000});
    throw;
  }
}

WorkerPool::~WorkerPool() {
  if (!threads_.empty()) stop(std::chrono::milliseconds{0});
}

void WorkerPool::serve(Shared& shared, std::uint32_t number) {
  using Clock = std::chrono::steady_clock;
  zmq::socket_t socket(shared.context, ZMQ_DEALER);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::routing_id, zmq::const_buffer(&number, sizeof number));
  socket.connect(endpoint);
  socket.send(as_message(Report{0, true, 0}), zmq::send_flags::none);
  BatchCursor& cursor = shared.cursors[number];
  zmq::message_t order;
  while (socket.recv(order)) {
    auto* batch = as_value<core::Batch*>(order);
    Report report;
    const auto start = Clock::now();
    while (const auto index = cursor.begin()) {
      run(batch->jobs[*index], shared.handler);
      ++report.ran;
    }
    report.busy_ns = std::chrono::nanoseconds(Clock::now() - start).count();
    cursor.end();
    socket.send(as_message(report), zmq::send_flags::none);
  }
}

void WorkerPool::work(const std::shared_ptr<Shared>& shared, std::uint32_t number) {
  // Signals are for the threads that expect them; here one would interrupt the wait for work.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  try {
    serve(*shared, number);
  } catch (const zmq::error_t& error) {
    assert(error.num() == ETERM);  // stop() has shut the context down
  }
  const std::lock_guard lock(shared->mutex);
  --shared->running;
  shared->ended.notify_all();
}

bool WorkerPool::receive(core::ServerEvent& event) {
  zmq::message_t worker;
  if (!backend_.recv(worker, zmq::recv_flags::dontwait)) return false;
  zmq::message_t message;
  [[maybe_unused]] const auto received = backend_.recv(message, zmq::recv_flags::dontwait);
  assert(received && "a worker's report has two parts");
  const auto number = as_value<std::uint32_t>(worker);
  const auto report = as_value<Report>(message);
  if (report.ready) {
    event = core::WorkerReady{number};
    return true;
  }
  [[maybe_unused]] const bool ended = shared_->cursors[number].has_ended();
  assert(ended);
  event = core::Finished{number, report.ran, std::chrono::nanoseconds(report.busy_ns)};
  return true;
}

void WorkerPool::dispatch(const core::Dispatch& work) {
  shared_->cursors[work.worker].lend(static_cast<std::uint32_t>(work.batch->size));
  backend_.send(as_message(work.worker), zmq::send_flags::sndmore);
  backend_.send(as_message(work.batch), zmq::send_flags::none);
}

core::Reclaimed WorkerPool::reclaim(std::uint32_t worker) { return {worker, shared_->cursors[worker].take_back()}; }

bool WorkerPool::stop(std::chrono::milliseconds patience) {
  for (BatchCursor& cursor : shared_->cursors) cursor.take_back();
  backend_.close();
  shared_->context.shutdown();
  std::unique_lock lock(shared_->mutex);
  const bool all_ended = shared_->ended.wait_for(lock, patience, [this] { return shared_->running == 0; });
  lock.unlock();
  for (std::thread& thread : threads_) all_ended ? thread.join() : thread.detach();
  threads_.clear();
  return all_ended;
}

}  // namespace rollcall::io
