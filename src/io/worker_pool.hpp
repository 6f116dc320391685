// The threads that run the handler. Each has a DEALER connected over inproc to the loop's ROUTER, gets a batch at a
// time and reports its end.
//
// A worker whose handler does not return gets another one in its place (replace()); when it does return after all, it
// is the next such other one.
//
// Threads: everything here is called by the loop's thread; the handler is called by the workers, several at a time.
// A batch may also be run by the loop itself (leadership.hpp).
// Lifetime: a handler that never returns cannot be stopped. Its thread is then left behind; what it uses (handler,
// batches, context) lives as long as it does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

  /// For poll(2): readable when receive() may have something. Tells it once; so does may_have_reports(), for news that
  /// libzmq took in while it was doing something else.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool may_have_reports() const noexcept { return may_have_reports_; }
  /// The next report of a worker: that it is ready, or that its batch has ended. False when there is none now.
  bool receive(core::ServerEvent& event);
  /// Makes the batch one that reclaim() can take back: for each Dispatch, at once.
  void lend(const core::Dispatch& work);
  /// Hands a lent batch to its worker.
  void dispatch(const core::Dispatch& work);

  /// What became of a batch; sent by each worker once at its start, too.
  struct Report {
    std::uint32_t worker = 0;
    std::uint32_t ran = 0;
    bool ready = false;
    std::int64_t busy_ns = 0;
  };
  /// Runs a lent batch in the calling thread, on behalf of an idle worker. While it does, and in report(), another
  /// thread may use everything else of the pool.
  Report run(const core::Dispatch& work);
  /// The caller of run() still owns the pool.
  core::Finished finished(const Report& report);
  /// It does not: receive() will give this to the one who does.
  void report(const Report& report);

  core::Reclaimed reclaim(std::uint32_t worker);
  /// Puts another worker in the place of one that is lent a batch and has not ended it: at most core::hung_workers_max
  /// at a time. Gives the news of one that is ready; else receive() will, when it is (and where the system has no room
  /// for another thread, when one of those that were replaced is back).
  std::optional<core::WorkerReady> replace(std::uint32_t worker);
  /// Ends the threads; those that are still in the handler after `patience` are left behind. True when there was none.
  bool stop(std::chrono::milliseconds patience);

 private:
  struct Shared;
  /// Throws when the system has no room for it.
  void start_worker();
  std::optional<core::WorkerReady> take_spare();
  static Report run(Shared& shared, std::uint32_t number, core::Batch& batch);
  static void work(const std::shared_ptr<Shared>& shared, zmq::socket_t socket, std::uint32_t number);
  static void serve(Shared& shared, zmq::socket_t& socket, std::uint32_t number);

  std::shared_ptr<Shared> shared_;
  zmq::socket_t backend_;
  int fd_ = -1;
  bool may_have_reports_ = true;       ///< the socket was used since receive() said that there is none
  std::vector<std::thread> threads_;   ///< by their worker's number
  std::vector<bool> replaced_;         ///< the same
  std::vector<std::uint32_t> spares_;  ///< were replaced, and are back
  unsigned owed_ = 0;                  ///< replacements that there was no room for
};

}  // namespace rollcall::io
