#include "io/worker_pool.hpp"

#include <cassert>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <mutex>
#include <utility>

#include "core/job.hpp"
#include "io/signals.hpp"

namespace rollcall::io {
namespace {

constexpr const char* endpoint = "inproc://workers";

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

void answer(core::Job& job, const Handler& handler) {
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
  Shared(std::size_t workers_max, Handler handler_given, std::shared_ptr<void> kept_given)
      : kept(std::move(kept_given)), handler(std::move(handler_given)), cursors(workers_max) {
    context.set(zmq::ctxopt::max_sockets, static_cast<int>(workers_max) + 8);  // libzmq's default is 1,023
  }

  std::shared_ptr<void> kept;  ///< what a thread that is left behind still writes to
  zmq::context_t context{0};
  Handler handler;
  std::vector<BatchCursor> cursors;
  std::mutex mutex;
  std::condition_variable ended;
  unsigned running = 0;  ///< guarded by mutex
};

WorkerPool::WorkerPool(unsigned workers, Handler handler, std::shared_ptr<void> kept)
    : shared_(std::make_shared<Shared>(workers + core::hung_workers_max, std::move(handler), std::move(kept))),
      backend_(shared_->context, ZMQ_ROUTER) {
  backend_.set(zmq::sockopt::linger, 0);
  backend_.set(zmq::sockopt::router_mandatory, true);
  backend_.bind(endpoint);
  fd_ = backend_.get(zmq::sockopt::fd);
  threads_.reserve(shared_->cursors.size());
  replaced_.resize(shared_->cursors.size());
  try {
    while (threads_.size() < workers) start_worker();
  } catch (...) {
    stop(std::chrono::milliseconds{1000});
    throw;
  }
}

WorkerPool::~WorkerPool() {
  if (!threads_.empty()) stop(std::chrono::milliseconds{0});
}

WorkerPool::Report WorkerPool::run(Shared& shared, std::uint32_t number, core::Batch& batch) {
  using Clock = std::chrono::steady_clock;
  BatchCursor& cursor = shared.cursors[number];
  Report report{number};
  const auto start = Clock::now();
  while (const auto index = cursor.begin()) {
    answer(batch.jobs[*index], shared.handler);
    ++report.ran;
  }
  report.busy_ns = std::chrono::nanoseconds(Clock::now() - start).count();
  cursor.end();
  return report;
}

void WorkerPool::start_worker() {
  assert(threads_.size() < shared_->cursors.size());
  const auto number = static_cast<std::uint32_t>(threads_.size());
  // Made here, so that the caller hears of what there is no room for.
  zmq::socket_t socket(shared_->context, ZMQ_DEALER);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::routing_id, zmq::const_buffer(&number, sizeof number));
  socket.connect(endpoint);
  threads_.emplace_back(work, shared_, std::move(socket), number);
  const std::lock_guard lock(shared_->mutex);
  ++shared_->running;
}

void WorkerPool::serve(Shared& shared, zmq::socket_t& socket, std::uint32_t number) {
  socket.send(as_message(Report{number, 0, true, 0}), zmq::send_flags::none);
  zmq::message_t order;
  while (socket.recv(order)) {
    auto* batch = as_value<core::Batch*>(order);
    socket.send(as_message(run(shared, number, *batch)), zmq::send_flags::none);
  }
}

void WorkerPool::work(const std::shared_ptr<Shared>& shared, zmq::socket_t socket, std::uint32_t number) {
  block_all_signals();
  try {
    serve(*shared, socket, number);
  } catch (const zmq::error_t& error) {
    assert(error.num() == ETERM);  // stop() has shut the context down
  }
  socket.close();  // before the context, which *shared may be the last to hold
  const std::lock_guard lock(shared->mutex);
  --shared->running;
  shared->ended.notify_all();
}

bool WorkerPool::receive(core::ServerEvent& event) {
  if (const auto ready = take_spare()) {
    event = *ready;
    return true;
  }
  zmq::message_t sender;
  may_have_reports_ = backend_.recv(sender, zmq::recv_flags::dontwait).has_value();
  if (!may_have_reports_) return false;
  zmq::message_t message;
  [[maybe_unused]] const auto received = backend_.recv(message, zmq::recv_flags::dontwait);
  assert(received && "a worker's report has two parts");
  const auto report = as_value<Report>(message);
  if (report.ready) {
    event = core::WorkerReady{report.worker};
  } else {
    event = finished(report);
  }
  return true;
}

core::Finished WorkerPool::finished(const Report& report) {
  [[maybe_unused]] const bool ended = shared_->cursors[report.worker].has_ended();
  assert(ended);
  if (replaced_[report.worker]) {
    replaced_[report.worker] = false;
    spares_.push_back(report.worker);
  }
  return {report.worker, report.ran, std::chrono::nanoseconds(report.busy_ns)};
}

void WorkerPool::dispatch(const core::Dispatch& work) {
  backend_.send(as_message(work.worker), zmq::send_flags::sndmore);
  backend_.send(as_message(work.batch), zmq::send_flags::none);
  may_have_reports_ = true;
}

WorkerPool::Report WorkerPool::run(const core::Dispatch& work) { return run(*shared_, work.worker, *work.batch); }

void WorkerPool::report(const Report& report) {
  try {
    zmq::socket_t socket(shared_->context, ZMQ_DEALER);
    socket.connect(endpoint);
    socket.send(as_message(report), zmq::send_flags::none);
  } catch (const zmq::error_t& error) {
    assert(error.num() == ETERM);  // stop() has shut the context down
  }
}

void WorkerPool::lend(const core::Dispatch& work) {
  shared_->cursors[work.worker].lend(static_cast<std::uint32_t>(work.batch->size));
}

core::Reclaimed WorkerPool::reclaim(std::uint32_t worker) { return {worker, shared_->cursors[worker].take_back()}; }

std::optional<core::WorkerReady> WorkerPool::replace(std::uint32_t worker) {
  replaced_[worker] = true;
  ++owed_;
  if (const auto ready = take_spare()) return ready;
  try {
    for (; owed_ > 0; --owed_) start_worker();
  } catch (const std::exception&) {
    assert(owed_ > 0);  // and the server goes on with fewer
  }
  return std::nullopt;
}

std::optional<core::WorkerReady> WorkerPool::take_spare() {
  if (owed_ == 0 || spares_.empty()) return std::nullopt;
  --owed_;
  const std::uint32_t worker = spares_.back();
  spares_.pop_back();
  return core::WorkerReady{worker};
}

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
