// The messages of the rollcall protocol as values (proto/PROTOCOL.md sections 3 to 7).
//
// Text and bytes are views into the buffer that was decoded, or into the caller's storage when a message is to be
// encoded: a message is valid only as long as that storage. Plain values, no threads involved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "wire/packed_list.hpp"

namespace rollcall::wire {

inline constexpr std::uint8_t protocol_version = 0x01;
/// A part that begins with this byte or a higher one is plain text (section 6).
inline constexpr std::uint8_t first_plain_byte = 0x20;

/// Bounds of the format itself (section 10); those of a server are in core/limits.hpp.
inline constexpr std::size_t name_bytes_max = 128;
inline constexpr std::size_t metadata_pairs_max = 16;
inline constexpr std::size_t metadata_key_bytes_max = 64;
inline constexpr std::size_t metadata_bytes_max = 2048;
/// What a REQUEST has before its body.
inline constexpr std::size_t request_head_bytes = 10;
/// What a REPLY has before its body.
inline constexpr std::size_t reply_head_bytes = 22;

/// What a message's second byte says (sections 4 and 5).
enum class Type : std::uint8_t {
  hello = 0x01,
  request = 0x02,
  bye = 0x03,
  roster_query = 0x04,
  watch = 0x05,
  welcome = 0x81,
  reply = 0x82,
  roster = 0x84,
  event = 0x85,
  error = 0x86,
  closing = 0x87,
};

/// Section 7.
enum class ErrorCode : std::uint16_t {
  malformed = 1,
  unknown_version = 2,
  unknown_type = 3,
  unknown_flag = 4,
  trailing_bytes = 5,
  invalid_text = 6,
  invalid_value = 7,
  too_large = 8,
  too_many_parts = 9,
  unsupported = 10,
  hello_required = 11,
  bad_request_id = 12,
  busy = 13,
  queue_full = 14,
  server_full = 15,
  draining = 16,
  handler_failed = 17,
  handler_timeout = 18,
  session_ended = 19,
  routing_id_refused = 20,
  unauthorized = 21,
  reply_lost = 22,
  watchers_full = 23,
};
inline constexpr std::uint16_t error_code_max = 23;

/// The name that section 7 gives to `code`, such as "BUSY"; "UNASSIGNED" for a number that has none.
[[nodiscard]] std::string_view error_name(ErrorCode code) noexcept;

/// Why a session ended (section 5, EVENT).
enum class LeaveReason : std::uint8_t {
  none = 0,
  goodbye = 1,
  disconnected = 2,
  timed_out = 3,
  evicted = 4,
  drained = 5
};

enum class ClosingReason : std::uint8_t { goodbye = 1, draining = 2, evicted = 3 };

enum class EventKind : std::uint8_t { joined = 1, left = 2, reset = 3 };

using Token = std::array<std::uint8_t, 16>;

struct MetadataPair {
  std::string_view key;
  std::string_view value;
  bool operator==(const MetadataPair&) const = default;
};

struct RosterEntry {
  std::uint64_t session = 0;
  std::uint64_t since_unix_ms = 0;
  std::uint64_t requests = 0;
  std::uint32_t idle_ms = 0;
  std::string_view name;
  std::string_view address;
  bool operator==(const RosterEntry&) const = default;
};

// Client to server (section 4).

struct Hello {
  std::string_view name;
  std::optional<Token> token;
  PackedList<MetadataPair> metadata;
};
struct Request {
  std::uint64_t id = 0;
  std::string_view body;
};
struct Bye {};
struct RosterQuery {
  std::uint64_t cursor = 0;
  std::uint16_t limit = 0;
};
struct Watch {
  bool stop = false;
  std::uint64_t from_version = 0;
};
/// A request in plain mode (section 6).
struct Plain {
  std::string_view text;
};

// Server to client (section 5).

struct Welcome {
  bool resumed = false;
  Token token{};
  std::uint32_t window = 0;
  std::uint32_t max_message_bytes = 0;
  std::uint32_t liveness_ms = 0;
  std::uint32_t count = 0;
  std::uint64_t version = 0;
};
struct Reply {
  std::uint64_t id = 0;
  std::uint32_t count = 0;
  std::uint64_t version = 0;
  std::string_view body;
};
struct Roster {
  bool pushed = false;
  std::uint64_t version = 0;
  std::uint32_t count = 0;
  std::uint64_t next = 0;
  PackedList<RosterEntry> entries;
};
struct Event {
  EventKind kind = EventKind::joined;
  LeaveReason reason = LeaveReason::none;
  std::uint64_t session = 0;
  std::uint32_t count = 0;
  std::uint64_t version = 0;
  std::string_view name;
  std::string_view address;
};
struct Error {
  std::uint64_t id = 0;  ///< 0: no request is meant
  ErrorCode code = ErrorCode::malformed;
  std::string_view text;
};
struct Closing {
  ClosingReason reason = ClosingReason::goodbye;
  std::uint32_t grace_ms = 0;
  std::string_view text;
};

/// Why bytes are not a message. `what` is a literal that names the field; `request_id` is the request that the bytes
/// would have been, where that much could be read, else 0.
struct Fault {
  ErrorCode code = ErrorCode::malformed;
  std::string_view what;
  std::uint64_t request_id = 0;
};

/// What a server may receive. Exactly one alternative for any bytes whatever.
using ClientMessage = std::variant<Fault, Plain, Hello, Request, Bye, RosterQuery, Watch>;
/// What a client may receive. `Plain` is an answer in plain mode.
using ServerMessage = std::variant<Fault, Plain, Welcome, Reply, Roster, Event, Error, Closing>;

}  // namespace rollcall::wire
