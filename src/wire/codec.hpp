// Bytes to messages and back (proto/PROTOCOL.md sections 3 to 6).
//
// Decoding is total: any bytes whatever give a message or a Fault, never an exception, and never an allocation.
// Encoding appends to a string of the caller's, whose capacity is thereby reused. Free functions without state: any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "wire/messages.hpp"

namespace rollcall::wire {

/// What a client sent. The result's views point into `part`.
[[nodiscard]] ClientMessage decode_client_message(std::string_view part) noexcept;

/// What a server sent. The result's views point into `part`.
[[nodiscard]] ServerMessage decode_server_message(std::string_view part) noexcept;

// Each appends one whole part to `out`. Precondition: every string is at most 65,535 bytes long. Where it throws
// std::bad_alloc, `out` has what it had, and maybe the beginning of the part.

void encode(const Hello& message, std::string& out);
void encode(const Request& message, std::string& out);
void encode(const Bye& message, std::string& out);
void encode(const RosterQuery& message, std::string& out);
void encode(const Watch& message, std::string& out);
void encode(const Plain& message, std::string& out);
void encode(const Welcome& message, std::string& out);
void encode(const Reply& message, std::string& out);
void encode(const Roster& message, std::string& out);
void encode(const Event& message, std::string& out);
void encode(const Error& message, std::string& out);
void encode(const Closing& message, std::string& out);

/// The same error for a client in plain mode: `ERROR 13 BUSY: text` (section 6).
void encode_plain_error(const Error& message, std::string& out);

// The items of a PackedList (packed_list.hpp).

template <>
MetadataPair unpack_item<MetadataPair>(Reader& reader) noexcept;
template <>
RosterEntry unpack_item<RosterEntry>(Reader& reader) noexcept;

// Append one item to the bytes of a PackedList that is being built.

void pack_item(const MetadataPair& pair, std::string& out);
void pack_item(const RosterEntry& entry, std::string& out);

}  // namespace rollcall::wire
