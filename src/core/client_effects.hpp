// What comes out of the client's core (client_core.hpp): plain values, to be carried out or reported in order.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "wire/codec.hpp"

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

struct ClientRosterEntry {
  std::uint64_t session = 0;
  std::uint64_t since_unix_ms = 0;
  std::uint64_t requests = 0;
  std::uint32_t idle_ms = 0;
  std::string name;
  std::string address;
};
/// Who is here, by session: answers the roster() calls up to `asked`. Whoever was here all the while is in it once;
/// version and count are those of its last part.
struct ClientRoster {
  std::uint64_t asked = 0;
  std::uint64_t version = 0;
  std::uint32_t count = 0;
  std::vector<ClientRosterEntry> entries;
};
/// The server answers no more ROSTER queries for now: call go_on_listing() a second later.
struct ClientRosterPaused {};
/// The calls had no answer but this.
struct ClientRosterFailed {
  std::uint64_t asked = 0;
  wire::ErrorCode code = wire::ErrorCode::malformed;
  std::string text;
};
/// Watching begins, or begins anew because there is no telling what was missed: exactly these are here.
struct ClientReset {
  std::uint64_t version = 0;
  std::uint32_t count = 0;
  std::vector<ClientRosterEntry> entries;
};
/// A join or a leave; its version is one above that of the change or reset before it.
struct ClientChange {
  wire::EventKind kind = wire::EventKind::joined;
  wire::LeaveReason reason = wire::LeaveReason::none;
  std::uint64_t session = 0;
  std::uint32_t count = 0;
  std::uint64_t version = 0;
  std::string name;
  std::string address;
};
/// Watching has ended, because the server does not let this client watch, or has more clients than this one holds.
struct ClientWatchFailed {
  wire::ErrorCode code = wire::ErrorCode::malformed;
  std::string text;
};

using ClientEffect = std::variant<ClientSend, ClientReconnect, ClientWelcomed, ClientCounted, ClientLost, ClientClosing,
                                  ClientClosed, ClientOutcome, ClientRoster, ClientRosterPaused, ClientRosterFailed,
                                  ClientReset, ClientChange, ClientWatchFailed>;

/// All or nothing.
template <typename Message>
void add_send(std::vector<ClientEffect>& effects, const Message& message) {
  ClientSend effect;
  wire::encode(message, effect.part);
  effects.emplace_back(std::move(effect));
}

}  // namespace rollcall::core
