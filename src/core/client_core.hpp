// A client's side of the protocol without its socket (sans-IO): what to send, and what became of each request.
//
// Requests have rising ids, are sent while the server's window has room, and wait here otherwise. Each ends exactly
// once: in a reply, in an error, or as unknown. When the connection was lost before its answer came, it is sent again
// under the same id to a server that resumes the session (PROTOCOL.md section 4.5), which does not run it twice. To one
// that does not, only what the caller said is idempotent is sent again; the rest ends as unknown. Effects are valid
// until the next call, and the caller may move out of them. One thread.
//
// A call that throws std::bad_alloc has done a part of its work, which effects() tells, and all the above holds. An
// ask() has not taken its request. After received(), the connection is of no more use: call lost(), and make a new one.
// Everything else may be called again until it is done.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/client_table.hpp"
#include "wire/messages.hpp"

namespace rollcall::core {

/// How a request ended.
struct ClientOutcome {
  enum class Kind : std::uint8_t { reply, error, unknown } kind = Kind::unknown;
  std::uint64_t id = 0;
  std::string text;                                   ///< the reply's body, or what the error says
  std::uint32_t count = 0;                            ///< reply
  std::uint64_t version = 0;                          ///< reply
  wire::ErrorCode code = wire::ErrorCode::malformed;  ///< error
};

/// Put these bytes on the wire.
struct ClientSend {
  std::string part;
};
/// The connection is of no more use: make a new one (and report it with connected()).
struct ClientReconnect {};
/// WELCOME came.
struct ClientWelcomed {
  bool again = false;  ///< not the first time: the connection had been lost
  bool resumed = false;
  std::uint32_t count = 0;
  std::uint64_t version = 0;
  std::uint32_t window = 0;
  std::uint32_t liveness_ms = 0;
};
/// WELCOME came again on the same connection: what count() asked for, or a server that repeats it.
struct ClientCounted {
  std::uint32_t count = 0;
  std::uint64_t version = 0;
};
struct ClientLost {};
/// The server will end, or has evicted this client.
struct ClientClosing {
  wire::ClosingReason reason = wire::ClosingReason::draining;
  std::uint32_t grace_ms = 0;
  std::string text;
};
/// The end: after a goodbye, or because the server refused the client (`refused`).
struct ClientClosed {
  bool refused = false;
  wire::ErrorCode code = wire::ErrorCode::malformed;
  std::string text;
};

using ClientEffect = std::variant<ClientSend, ClientReconnect, ClientWelcomed, ClientCounted, ClientLost, ClientClosing,
                                  ClientClosed, ClientOutcome>;

class ClientCore {
 public:
  /// `name` must be UTF-8 of at most wire::name_bytes_max bytes.
  explicit ClientCore(std::string name) : name_(std::move(name)) {}

  using Effects = std::span<ClientEffect>;

  Effects connected();
  Effects lost();
  Effects received(std::string_view part);
  /// Sends a request now or later; `id` must be above all ids before it. `idempotent`: it may be run again.
  Effects ask(std::uint64_t id, std::string body, bool idempotent = false);
  /// Asks for the count with a HELLO (PROTOCOL.md section 4.1); without effect unless the client is ready.
  /// ClientCounted follows, or, when another session answers, because a lost connection was never told, all that a loss
  /// brings.
  Effects count();
  Effects leave();
  /// The connection was refused before any message could be sent, for `why`: this is the end.
  Effects refused(wire::ErrorCode code, std::string why);
  /// The next connection goes to another server, which is not to know the token of this one's session.
  void change_server() noexcept { token_.reset(); }

  /// What the last call gave; where it threw, of what it had done.
  [[nodiscard]] Effects effects() noexcept { return effects_; }
  [[nodiscard]] ClientState state() const noexcept { return state_; }
  /// Requests that have not ended.
  [[nodiscard]] std::size_t unanswered() const noexcept { return waiting_.size() + sent_.size() + in_doubt_.size(); }

 private:
  struct Request {
    std::uint64_t id = 0;
    std::string body;
    bool idempotent = false;
  };

  [[nodiscard]] ClientStep step(ClientInput input) const noexcept { return client_step(state_, input); }
  template <typename Message>
  void send(const Message& message);
  void lose_connection();
  void take_terms(const wire::Welcome& welcome);
  void begin(const wire::Welcome& welcome);
  void update(const wire::Welcome& welcome);
  void doubt_sent() noexcept;
  [[nodiscard]] std::list<Request>::iterator find_sent(std::uint64_t id);
  void end_request(ClientOutcome outcome);
  void end_unknown(std::uint64_t id);
  void end_or_send_again(bool resumed);
  void end_all_unknown();
  void send_waiting();
  void on_message(const wire::ServerMessage& message);
  void on_error(const wire::Error& error);
  void on_closing(const wire::Closing& closing);

  std::string name_;
  ClientState state_ = ClientState::connecting;
  std::optional<wire::Token> token_;
  std::uint32_t window_ = 1;
  std::size_t message_bytes_max_ = 0;
  bool welcomed_ = false;  ///< ever
  // Requests go from one list to another without an allocation.
  std::list<Request> waiting_;   ///< to be sent; rising ids, here and in the other two
  std::list<Request> sent_;      ///< on this connection, unanswered
  std::list<Request> in_doubt_;  ///< sent on a connection that was lost
  std::vector<ClientEffect> effects_;
};

}  // namespace rollcall::core
