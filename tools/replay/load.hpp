// Load without a script: many clients that send one message, either at a planned rate (open loop) or each as soon as it
// has its answers (closed loop), for some time.
//
// Open loop: request i is due at a fixed moment of the plan, whatever the server does, and its latency counts from that
// moment; so a server that stalls is charged for every request that it kept from being sent (no coordinated omission).
// A request that is due goes to the connected client that has waited longest. Where there is none, or max_in_flight are
// unanswered, it waits and is sent late; one that has waited for longer than the timeout is counted as not sent. When
// it is over: due = sent + not_sent, and sent = replies + errors + unknown + timeouts (unless interrupted).
// Closed loop: every client keeps `window` requests in flight; latency and service time are the same.
//
// Clients that do not fit into one process's file descriptors are shared out among several. Threads: none may run and
// no ZeroMQ context exist in this process when run_load() is called; nothing is left of either, nor of the processes,
// when it returns.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "io/curve.hpp"
#include "replay/sample.hpp"

namespace rollcall::replay {

struct LoadPlan {
  std::string endpoint;
  std::optional<io::ClientKeys> keys;  ///< where connections have them
  std::uint32_t clients = 1;
  double rate = 0;           ///< requests a second of all clients together; 0: closed loop
  std::uint32_t window = 1;  ///< closed loop: in flight of each client; never more than the server's own window
  /// Open loop: unanswered requests of all clients together; 0: as many as clients. It bounds how many requests are on
  /// their way to a server that stalls, so how many of the service times show it.
  std::uint32_t max_in_flight = 0;
  std::chrono::nanoseconds duration = std::chrono::seconds{10};  ///< the ramp included
  /// Clients join spread over this time, and the rate rises with them. 0: they join as fast as the server lets them,
  /// and the first request is due when all have.
  std::chrono::nanoseconds ramp{0};
  std::string message = "Hello, Server!";
  std::string name = "load-";                                   ///< what clients are called, before their number
  std::chrono::nanoseconds timeout = std::chrono::seconds{10};  ///< for a reply
  std::chrono::nanoseconds patience = std::chrono::seconds{3};  ///< for the first welcome
  /// Stops the load when it becomes readable (a signalfd, say); -1: none. It is not read.
  int interrupt_fd = -1;
};

struct LoadResult {
  double seconds = 0;  ///< from the start of the plan to the last outcome
  bool interrupted = false;
  std::uint64_t unanswered = 0;  ///< in flight when it was interrupted
  unsigned processes = 1;
  std::vector<std::string> notes;  ///< what the reader of a report should know
};

/// what() is for people and names the remedy.
class LoadError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    no_server,  ///< nobody answered in time, or no longer while clients were joining
    refused,    ///< the server wanted none of the clients
    failed,     ///< a process of the load died, or this system has no room for one
  };
  LoadError(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  [[nodiscard]] Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

/// Calls on_sample about once a second, and a last time at the end; the first sample has the joins before the first
/// request, too. Throws LoadError, and io::EndpointError when the
/// endpoint is not an address (from several processes: LoadError, failed). What on_sample throws ends the load, too.
LoadResult run_load(const LoadPlan& plan, const OnSample& on_sample);

}  // namespace rollcall::replay
