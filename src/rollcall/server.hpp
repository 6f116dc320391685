// A request/reply server that always knows who is connected: give it a handler, and run it.
//
//   rollcall::Server server({}, [](const rollcall::Request& request) { return std::string(request.body); });
//   server.run();
//
// The protocol that it speaks is in proto/PROTOCOL.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rollcall/error.hpp"
#include "rollcall/status.hpp"

namespace rollcall {

/// One request, as the handler sees it. Views live until the handler returns.
struct Request {
  std::string_view body;    ///< what the client sent: any bytes; UTF-8 from a plain client
  std::string_view client;  ///< the name in its HELLO; empty when it gave none
  std::uint32_t count = 0;  ///< clients connected when the request was handed to this worker
};

/// Turns a request into the reply's body. Called by several threads at a time, but never for two requests of one client
/// at once (unless the first has outlasted ServerConfig::handler_timeout), and for those in order. May block. What it
/// throws becomes an ERROR 17 for that client, with what() as its text (PROTOCOL.md section 7). A reply above
/// ServerConfig::message_bytes_max becomes one too.
using Handler = std::function<std::string(const Request&)>;

/// The default handler: `text` with every `{count}` replaced by the number of clients; `{{` and `}}` stand for braces.
/// Throws Error(config) when a brace is left alone or `{count}` does not occur.
[[nodiscard]] Handler greeting(std::string_view text = "Hello, Client! Conexões ativas: {count}");

/// Something that happened in a server, for its log. Views live until the observer returns.
struct ServerEvent {
  enum class Kind {
    joined,      ///< a session began
    left,        ///< a session ended, for `reason`
    message,     ///< a request was accepted; `text` is its body, unescaped
    refused,     ///< something was turned away, for `reason`; `total` is how often so far
    suppressed,  ///< `total` events of kind `what` were left out, to keep the rate bounded
    hung,        ///< the handler is over its time; `total` calls are now, `count` of them have no thread in their place
    reloaded,    ///< the list of keys was read again: `total` may come in; or was not, for `text`
    draining,    ///< stop() was called: `count` clients are told, `total` requests are still unanswered
    drifted,     ///< ServerStatus::presence_drift is `drift`, and should be 0
  } kind = Kind::joined;
  std::string_view host;   ///< joined, left, message: the peer's IP address, or "ipc"; refused: where it was cut for it
  std::uint32_t port = 0;  ///< its port, or process id for "ipc"
  std::string_view name;   ///< joined, left, message: from its HELLO
  std::string_view text;   ///< message
  /// left: "goodbye", "disconnected", "timed_out", "evicted" or "drained"; refused, and suppressed where `what` is:
  /// such as "bad_message"
  std::string_view reason;
  Kind what = Kind::message;  ///< suppressed
  bool resumed = false;       ///< joined: it is a session that goes on after its connection was lost
  std::uint32_t count = 0;    ///< joined, left: clients connected after it; draining: those who are told; hung
  std::uint64_t version = 0;  ///< joined, left: the roster's version after it
  std::uint64_t total = 0;    ///< refused, suppressed, hung, draining
  std::int64_t drift = 0;     ///< drifted
};

/// One step of what a server did, for a recording of all of it. They come in an order that can be done again: a request
/// that was handed to a worker while `count` clients were connected comes after exactly those joins and leaves that
/// made it so. Views live until the recorder returns.
struct RecordedStep {
  enum class Kind {
    joined,      ///< a session began
    left,        ///< a session ended, for `reason`
    request,     ///< a request is handed to a worker; `text` is its body
    settled,     ///< `request` stands: it will not be taken back
    taken_back,  ///< `request` was not begun, and is to be forgotten: if its client stays, it comes again as another
                 ///< one
    reply,       ///< `request` was answered with `text`, which told the client `count` if it speaks the full protocol
    failed,      ///< `request` was answered with an error, for `reason`
    refused,     ///< a request or a client was turned away, for `reason`; it was not run
  } kind = Kind::joined;
  std::chrono::nanoseconds time{0};  ///< when, by std::chrono::steady_clock; never goes back
  std::uint64_t client = 0;          ///< which; for sessions, each of a server's life has another one
  std::uint64_t request = 0;         ///< request, settled, taken_back, reply, failed: which
  std::string_view name;             ///< joined, left
  std::string_view text;             ///< request, reply
  std::string_view reason;           ///< left: as in ServerEvent; failed, refused: the error's name, such as "BUSY"
  std::uint32_t count = 0;           ///< joined, left: clients after it; request, reply: when it was handed to a worker
};

struct ServerConfig {
  /// ZeroMQ endpoints, `tcp://ADDRESS:PORT` (port 0: any free one) or `ipc://PATH`.
  std::vector<std::string> endpoints = {"tcp://127.0.0.1:8080"};
  /// Allows TCP endpoints beyond loopback without keys. Nothing on the wire is encrypted or authenticated then.
  bool insecure = false;
  unsigned workers = 2;  ///< how many calls of the handler may run at a time, 1 to 1024
  std::size_t clients_max = 10'000;
  std::uint32_t window = 256;                             ///< unanswered requests of one client, 1 to 100,000
  std::size_t message_bytes_max = std::size_t{1} << 20U;  ///< 4 KiB to 1 GiB
  std::chrono::milliseconds heartbeat{4000};              ///< between two PINGs to a silent client, 10 ms to 1 h
  std::chrono::milliseconds heartbeat_timeout{1000};      ///< for its PONG, 10 ms to 1 h
  std::size_t queue_bytes_max = std::size_t{16} << 20U;   ///< of one client's unanswered requests, 64 KiB to 1 GiB
  std::size_t total_queue_bytes_max = std::size_t{256} << 20U;  ///< of all of them, 1 MiB to 1 TiB
  /// Bytes of answers above 512 that a client has not read, 64 KiB to 1 GiB; one answer always fits, and a client that
  /// would have more is evicted. And those of all clients, 1 MiB to 1 TiB and no less than message_bytes_max: whoever
  /// has most of them is evicted.
  std::size_t unread_bytes_max = std::size_t{64} << 20U;
  std::size_t total_unread_bytes_max = std::size_t{512} << 20U;
  std::size_t strangers_max = 512;                ///< connections without a session, 16 to 1,000,000
  std::chrono::milliseconds drain_timeout{5000};  ///< for accepted requests after stop()
  /// What takes longer ends with ERROR 18 for its client, while the call goes on in a thread that is replaced.
  std::chrono::milliseconds handler_timeout{60'000};  ///< for one call of the handler, 10 ms to 24 h; 0: no bound
  /// How long a client may take to come back to its session after its connection was lost; up to 1 h, 0: it can't.
  std::chrono::milliseconds resume_timeout{60'000};
  /// Bytes of answers kept for clients that may come back, in all; 0 to 1 TiB.
  std::size_t reply_cache_bytes_max = std::size_t{64} << 20U;
  /// File with the server's secret key (keys.hpp). Connections are then encrypted with CURVE (RFC 26), and only the
  /// keys in `authorized_keys_file` come in. Both files, or neither.
  std::string secret_key_file;
  std::string authorized_keys_file;
  /// SIGINT and SIGTERM call stop(). They are blocked in the thread that makes the Server, which must be run()'s;
  /// threads that the process has already must block them themselves.
  bool handle_signals = false;
  /// Told what happens, by one thread at a time: must not block or throw. At most a few hundred events a second.
  std::function<void(const ServerEvent&)> observer;
  /// Told everything, for every request, by one thread at a time, which is the server's own: must not block or throw,
  /// and its time is the clients'. Costs nothing where it is empty.
  std::function<void(const RecordedStep&)> recorder;
};

class Server {
 public:
  /// Binds the endpoints. Throws Error: config for a setting out of range, endpoint for one that can't be bound.
  explicit Server(ServerConfig config, Handler handler = greeting());
  /// run() must have returned, or never been called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  enum class End {
    drained,    ///< every accepted request had its outcome, or drain_timeout was over
    abandoned,  ///< stop() was called twice, or a handler did not return: its thread still runs, end the process soon
  };
  /// Serves until stop(), in threads of its own. Once only.
  End run();
  /// Begins to drain: no new clients or requests, accepted ones are finished (within drain_timeout), then run()
  /// returns. A second call makes run() return at once. Any thread, any signal handler.
  void stop() noexcept;
  /// Reads authorized_keys_file again; ServerEvent::Kind::reloaded follows. Sessions whose key is gone end ("evicted"),
  /// the others notice nothing. A file that can't be read changes nothing. With handle_signals, SIGHUP does the same.
  /// Any thread, any signal handler.
  void reload() noexcept;

  /// What is bound, with real port numbers. Any thread.
  [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept;
  /// The server as it is now, with the changes after `changes_after`, a version of the roster. While run() runs, the
  /// loop is asked for it, which costs it some microseconds, and this waits for `patience` at most; what is older than
  /// that is then given again, and null when there is nothing yet. Any thread.
  [[nodiscard]] std::shared_ptr<const ServerStatus> status(
      std::uint64_t changes_after = 0, std::chrono::milliseconds patience = std::chrono::milliseconds{500}) const;
  /// Who is here; at most one is made in a second, and given to all who ask. Otherwise like status(): 10,000 clients
  /// cost the loop a few milliseconds.
  [[nodiscard]] std::shared_ptr<const ServerRoster> roster(
      std::chrono::milliseconds patience = std::chrono::milliseconds{500}) const;

  /// clients_max, or less where the process may not open that many files. Any thread.
  [[nodiscard]] std::size_t clients_max() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall
