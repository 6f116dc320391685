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
#include <vector>

#include "core/client_effects.hpp"
#include "core/client_listing.hpp"
#include "core/client_table.hpp"
#include "core/client_watching.hpp"
#include "wire/messages.hpp"

namespace rollcall::core {

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
  /// Asks who is here, now or later: ClientRoster or ClientRosterFailed follows, for all calls so far or for those
  /// before this one first. `call` must be above those of the calls before.
  Effects roster(std::uint64_t call);
  /// After ClientRosterPaused; otherwise without effect.
  Effects go_on_listing();
  /// Watches from now on who comes and goes: ClientReset, and then each ClientChange. A lost connection leaves no gap:
  /// where it can't be helped, there is another ClientReset. ClientWatchFailed, unwatch() and the end are its end.
  Effects watch();
  Effects unwatch();
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
  /// By this connection's server, which has sent WELCOME on it.
  [[nodiscard]] bool is_served() const noexcept {
    return state_ == ClientState::ready || state_ == ClientState::closing;
  }
  void lose_connection();
  void take_terms(const wire::Welcome& welcome);
  void begin(const wire::Welcome& welcome);
  void update(const wire::Welcome& welcome);
  void forget_connection() noexcept;
  [[nodiscard]] std::list<Request>::iterator find_sent(std::uint64_t id);
  void end_request(ClientOutcome outcome);
  void end_unknown(std::uint64_t id);
  void end_or_send_again(bool resumed);
  void end_all();
  void send_waiting();
  void ask_who_is_here();
  void on_message(const wire::ServerMessage& message);
  void on_error(const wire::Error& error);
  void on_general_error(const wire::Error& error);
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
  Listing listing_;
  Watching watching_;
  std::vector<ClientEffect> effects_;
};

}  // namespace rollcall::core
