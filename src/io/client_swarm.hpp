// Many clients in one thread: a DEALER socket each, all waited for with one epoll. For load and replays.
//
// The cost of a message does not grow with the number of clients that say nothing: libzmq's descriptors are registered
// edge-triggered, and a socket is asked only when its own became readable or it was used. Each client needs two file
// descriptors (its connection, and what libzmq wakes this thread with); there is no monitor: with ZMQ_IMMEDIATE a
// socket can be written to while, and only while, its connection stands.
//
// One thread. A client that lost its connection reconnects by itself, a second later at the latest when the server is
// back, until leave() or cut(). Handshakes under way are bounded, so any number may be opened at once. Unlike
// ClientLoop, what came and was not read yet when a connection ended may be lost with it: those requests end as
// unknown.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/client_core.hpp"
#include "core/events.hpp"
#include "io/curve.hpp"

namespace rollcall::io {

class ClientSwarm {
 public:
  /// A client's number; never used again.
  using Id = std::uint32_t;
  /// What happened to a client: everything that ClientCore says but ClientSend and ClientReconnect. ClientCounted may
  /// come unasked. Called by wait() only, never from within another call; may call anything of the swarm but wait(),
  /// for any client, its own too.
  using Report = std::function<void(Id, const core::ClientEffect&)>;

  /// How many clients this process has descriptors for, with its soft limit raised as far as `clients` need.
  [[nodiscard]] static std::size_t make_room(std::size_t clients) noexcept;

  /// For up to `clients_max` clients at a time. Throws EndpointError when `endpoint` is not an address.
  /// With `keys`, connections are made with CURVE.
  ClientSwarm(std::string endpoint, std::size_t clients_max, Report report, std::optional<ClientKeys> keys = {});
  ~ClientSwarm();
  ClientSwarm(const ClientSwarm&) = delete;
  ClientSwarm& operator=(const ClientSwarm&) = delete;

  /// A client that begins to connect; ClientWelcomed follows.
  Id open(std::string name);
  /// Sends a request, or keeps it until the connection and the server's window allow. Returns its id, which is the
  /// client's own: 1, 2, 3 and so on. Its outcome is reported. 0: the client is gone.
  std::uint64_t ask(Id client, std::string body);
  /// Asks the server for the count, without a request: ClientCounted is reported. Without effect unless the client is
  /// welcome.
  void count(Id client);
  /// Says goodbye; ClientClosed follows, and the client is gone. Without effect on one that is.
  void leave(Id client);
  /// Cuts the connection without a goodbye, as a crash does. Nothing is reported of this client any more. Without
  /// effect on one that is gone.
  void cut(Id client);

  /// Reports what has happened; waits for it until `until` (std::chrono::steady_clock) when nothing has, or until
  /// `wake_fd`, a descriptor of the caller's, is readable (-1: none).
  void wait(core::Time until, int wake_fd = -1);

  /// Clients that are not gone.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall::io
