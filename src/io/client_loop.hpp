// The client's shell: a thread with a DEALER socket and its monitor, which drives a ClientCore.
//
// After a lost connection it goes on with a fresh socket, so that nothing of the old connection can be taken for the
// new one's: after a time (core/backoff.hpp). Where it has several endpoints, it tries the one that it was welcome at
// again first, since its session is there, and then the next. Threads: all may be called from any thread; `report` is
// called in the client's thread, must not block, and may move out of what it gets.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <variant>
#include <vector>
#include <zmq.hpp>

#include "core/backoff.hpp"
#include "core/client_core.hpp"
#include "core/limits.hpp"
#include "io/curve.hpp"
#include "io/monitor.hpp"
#include "io/wakeup.hpp"

namespace rollcall::io {

class ClientLoop {
 public:
  /// `own_address` is this end of the connection, as a server without a proxy before it shows it; empty when there was
  /// none.
  using Report = std::function<void(core::ClientEffect& effect, const std::string& own_address)>;

  /// Begins to connect to the first of `endpoints`. Throws EndpointError when it is not an address.
  /// With `keys`, connections are made with CURVE.
  ClientLoop(std::vector<std::string> endpoints, std::string name, std::optional<ClientKeys> keys, Report report);
  /// Ends the thread, without a goodbye.
  ~ClientLoop();
  ClientLoop(const ClientLoop&) = delete;
  ClientLoop& operator=(const ClientLoop&) = delete;

  /// Returns the request's id; its outcome is reported.
  std::uint64_t ask(std::string body, bool idempotent = false);
  /// Returns the call's number; ClientRoster or ClientRosterFailed, for this call or a later one, is reported.
  std::uint64_t roster();
  void watch();
  void unwatch();
  /// Says goodbye; ClientClosed is reported.
  void leave();
  /// How many connections have ended before their handshake did. Any thread.
  [[nodiscard]] std::uint64_t failed_handshakes() const noexcept { return failed_handshakes_.load(); }

 private:
  struct Ask {
    std::uint64_t id;
    std::string body;
    bool idempotent;
  };
  struct Roster {
    std::uint64_t call;
  };
  struct Watch {};
  struct Unwatch {};
  struct Leave {};
  using Command = std::variant<Ask, Roster, Watch, Unwatch, Leave>;
  struct Connection;

  void run();
  void wait();
  [[nodiscard]] int wait_ms() const;
  void connect_when_due();
  void go_on_listing_when_due();
  void give_up_connection();
  void turn_to_next_server();
  void put(Command command);
  void take_commands();
  core::ClientCore::Effects obey(Command& command);
  void read_monitor();
  void read_messages();
  void flush();
  void carry_out(core::ClientCore::Effects effects);

  std::vector<std::string> endpoints_;
  std::size_t endpoint_ = 0;
  std::optional<ClientKeys> keys_;
  Report report_;
  std::atomic<std::uint64_t> failed_handshakes_{0};
  zmq::context_t context_{1};
  core::ClientCore core_;
  std::uint64_t connections_ = 0;           ///< made so far; before connection_, which it numbers
  std::unique_ptr<Connection> connection_;  ///< null between two tries
  bool reconnect_ = false;                  ///< connection_ is of no more use
  bool may_be_back_ = false;                ///< its server, which has welcomed this client on it
  std::string own_address_;
  core::Backoff backoff_;
  core::Time connect_at_{0};
  std::optional<core::Time> list_at_;  ///< when to ask a busy server for the roster again
  std::minstd_rand random_{std::random_device{}()};
  std::vector<std::string> outbox_;  ///< from outbox_sent_ on: not sent yet
  std::size_t outbox_sent_ = 0;
  Wakeup wakeup_;
  std::mutex mutex_;
  std::vector<Command> commands_;   ///< guarded by mutex_
  std::uint64_t last_id_ = 0;       ///< guarded by mutex_
  std::uint64_t roster_calls_ = 0;  ///< guarded by mutex_
  bool ending_ = false;             ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace rollcall::io
