// The server's shell: one thread that moves events from the sockets into the core, and carries out its effects.
//
// A turn: wait; read the monitor to its end; the workers' reports; a burst of messages; then let the core hand out
// work. A message of a connection that the core does not know is fed only after the monitor has been read again, as the
// core demands (server_core.hpp).
//
// Threads: run() is the loop and belongs to one thread; stop() may be called from any thread and from signal handlers.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "core/server_core.hpp"
#include "io/frontend.hpp"
#include "io/signals.hpp"
#include "io/wakeup.hpp"
#include "io/worker_pool.hpp"

namespace rollcall::io {

class ServerLoop {
 public:
  struct Options {
    Frontend::Options frontend;
    std::vector<std::string> endpoints;
    unsigned workers = 1;
    std::chrono::milliseconds drain_grace{5000};
    /// SIGINT and SIGTERM call stop(). They are blocked in the constructor's thread, which must be run()'s too.
    bool handle_signals = false;
    Handler handler;
    /// Called in run()'s thread; must not block. Null: nobody listens.
    std::function<void(const core::Notice&)> observer;
  };

  /// Binds. Throws EndpointError.
  explicit ServerLoop(Options options);

  enum class End { drained, abandoned };
  /// Serves until stop(). `abandoned`: a second stop() came, or a handler had not returned when the drain was over; its
  /// thread runs on.
  End run();
  /// The first call begins to drain, the second ends run() at once.
  void stop() noexcept;

  [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept { return bound_; }

 private:
  void wait();
  void read_monitor();
  void read_workers();
  void read_messages();
  void end_turn();
  void check_stops();
  void step(const core::ServerEvent& event);
  void carry_out(std::span<const core::Effect> effects);
  void carry_out(const core::Send& send);

  Options options_;
  zmq::context_t context_;
  Frontend frontend_;
  std::vector<std::string> bound_;
  Wakeup wakeup_;
  std::atomic<int> stops_{0};
  int stops_seen_ = 0;
  bool drained_ = false;
  bool work_came_back_ = false;
  core::Time now_{0};
  std::shared_ptr<core::ServerCore> core_;
  std::vector<core::ServerEvent> outcomes_;  ///< of effects, to be fed into the core
  std::optional<Signals> signals_;
  std::optional<WorkerPool> workers_;  ///< while run() runs
};

}  // namespace rollcall::io
