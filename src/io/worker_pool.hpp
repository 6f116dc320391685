// The threads that run the handler. Each has a DEALER connected over inproc to the loop's ROUTER, gets a batch at a
// time and reports its end.
//
// Threads: everything here is called by the loop's thread; the handler is called by the workers, several at a time.
// Lifetime: a handler that never returns cannot be stopped. Its thread is then left behind; what it uses (handler,
// batches, context) lives as long as it does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "core/events.hpp"
#include "io/batch_cursor.hpp"

namespace rollcall::io {

/// Turns a request into an answer. Called by several threads at a time; may block, may throw.
using Handler = std::function<std::string(std::string_view body, std::string_view client, std::uint32_t count)>;

class WorkerPool {
 public:
  /// Starts `workers` threads (1 or more). `kept` owns the batches that will be dispatched; it is released when the
  /// last thread has ended.
  WorkerPool(unsigned workers, Handler handler, std::shared_ptr<void> kept);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// For polling: readable when receive() may have something.
  [[nodiscard]] zmq::socket_ref socket() noexcept { return backend_; }
  /// The next report of a worker: that it is ready, or that its batch has ended. False when there is none now.
  bool receive(core::ServerEvent& event);
  void dispatch(const core::Dispatch& work);
  core::Reclaimed reclaim(std::uint32_t worker);
  /// Ends the threads; those that are still in the handler after `patience` are left behind. True when there was none.
  bool stop(std::chrono::milliseconds patience);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared, std::uint32_t number);
  static void serve(Shared& shared, std::uint32_t number);

  std::shared_ptr<Shared> shared_;
  zmq::socket_t backend_;
  std::vector<std::thread> threads_;
};

}  // namespace rollcall::io
