// A client of a rollcall server: requests in, replies with the number of clients out.
//
//   rollcall::Client client({.endpoint = "tcp://localhost:8080", .name = "ana"});
//   client.connect();
//   std::cout << client.ask("Hello, Server!").text << '\n';
//
// It reconnects by itself when the connection is lost, and sends again what is unanswered: a server that still runs
// does not run it twice (PROTOCOL.md section 4.5).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rollcall/error.hpp"
#include "rollcall/status.hpp"

namespace rollcall {

struct ClientConfig {
  std::string endpoint = "tcp://localhost:8080";
  std::string name{};  ///< shown to people at the server; UTF-8, at most 128 bytes
  /// Servers to turn to when the one before is lost and does not come back at once, one after the other, and then the
  /// first again.
  /// Sessions are a server's own: with another one, requests that were unanswered are in doubt (Delivery).
  std::vector<std::string> other_endpoints{};
  /// The server's public key, for one that takes keys (keys.hpp), and the file with this client's secret key. Both, or
  /// neither.
  std::string server_key{};
  std::string key_file{};
};

/// What becomes of a request that is unanswered when its server ends, or forgets the session.
enum class Delivery {
  at_most_once,   ///< it ends as unknown
  at_least_once,  ///< it is sent again to the next server: for requests that may be run twice (idempotent ones)
};

/// How a request ended: exactly one for each.
struct Outcome {
  enum class Kind {
    reply,
    error,    ///< the server's typed error: `code` and `code_name` are those of PROTOCOL.md section 7
    unknown,  ///< its server ended first, or forgot the session: the request may or may not have been run
  } kind = Kind::unknown;
  std::uint64_t id = 0;
  std::string text;           ///< the reply's body, or what the error says
  std::uint32_t count = 0;    ///< reply: clients connected when the request was handed to a worker
  std::uint64_t version = 0;  ///< reply: the roster's version at that moment
  std::uint16_t code = 0;
  std::string code_name;
};

/// What happens to the connection.
struct ClientEvent {
  enum class Kind {
    connected,     ///< the server has welcomed this client; `count` includes it
    reconnected,   ///< the same, after the connection was lost; `resumed`: to the same session
    disconnected,  ///< lost; the client tries to reconnect
    closing,       ///< the server says that it will end, or has evicted this client: see `text`
    closed,        ///< after leave(); nothing follows
    refused,       ///< the server does not want this client, for `text`; nothing follows
  } kind = Kind::connected;
  std::uint32_t count = 0;
  bool resumed = false;
  std::string text;
};

/// Who is here.
struct Roster {
  std::uint64_t version = 0;
  std::uint32_t count = 0;
  std::vector<RosterEntry> entries;  ///< by session, rising
  std::uint64_t own_session = 0;     ///< this client's; 0: not known, such as behind a proxy
};

/// What watch() has told. Between two resets no version is left out.
struct RosterEvent {
  enum class Kind {
    reset,    ///< `roster` is all that is known: the beginning, or what was missed can't be told (another server)
    joined,   ///< `change`
    left,     ///< `change`
    refused,  ///< watching has ended, for `text`
  } kind = Kind::reset;
  Roster roster;
  RosterChange change;  ///< its time is when this client was told
  std::string text;
};

/// Safe to use from several threads.
class Client {
 public:
  /// Begins to connect, in a thread of its own. Throws Error: config for a bad name or endpoint, endpoint
  /// for one that is not to be had.
  explicit Client(ClientConfig config);
  /// Leaves without waiting for the server's answer.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Waits for the server's WELCOME; returns the count in it. Throws Error: endpoint when there was none in `timeout`,
  /// refused when the server said no, or does not know this client's key, or ended every handshake until then (with
  /// keys, for 2.5 s: then it is another server, or server_key is wrong).
  std::uint32_t connect(std::chrono::milliseconds timeout = std::chrono::seconds{3});

  /// Sends a request, or keeps it until the connection and the server's window allow; its outcome comes from next().
  /// Returns its id.
  std::uint64_t send(std::string_view body, Delivery delivery = Delivery::at_most_once);

  /// Sends a request and waits for its outcome, which next() then does not give. Throws Error(timeout); an outcome that
  /// comes later than that is next()'s.
  Outcome ask(std::string_view body, std::chrono::milliseconds timeout = std::chrono::seconds{10},
              Delivery delivery = Delivery::at_most_once);

  /// Asks who is here now, this client among them. On a server with more than 500 clients the answer comes in parts:
  /// who is here all the while is in it once, who comes or goes meanwhile may be; count and version are those of the
  /// last part. Throws Error: timeout; refused, with the server's words, when it does not tell, or this client has
  /// left.
  Roster roster(std::chrono::milliseconds timeout = std::chrono::seconds{10});

  /// From now on, next() gives RosterEvents, too: a reset, then each join and leave, over lost connections as well.
  /// Whoever does not call next() for thousands of them gets a reset in their place.
  void watch();
  /// next() gives none of them any more.
  void unwatch();

  using Happening = std::variant<Outcome, ClientEvent, RosterEvent>;
  /// The next outcome or event, in the order in which they happened; nothing when there was none in `timeout`.
  std::optional<Happening> next(std::chrono::milliseconds timeout);

  /// A file descriptor that is readable while next() has something to give. For poll(2).
  [[nodiscard]] int fd() const noexcept;

  /// Says goodbye, and waits until the server has taken this client off its roster. False when that was not confirmed
  /// in `timeout`. Requests that are unanswered then end as unknown.
  bool leave(std::chrono::milliseconds timeout = std::chrono::seconds{1});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rollcall
