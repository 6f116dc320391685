#include <cassert>

#include "wire/codec.hpp"

namespace rollcall::wire {
namespace {

void put_head(std::string& out, Type type) {
  out.push_back(static_cast<char>(protocol_version));
  out.push_back(static_cast<char>(type));
}

// Not by its iterators: that would make a string of its own first.
void put_token(std::string& out, const Token& token) {
  out.append(reinterpret_cast<const char*>(token.data()), token.size());
}

}  // namespace

void put_string(std::string& out, std::string_view text) {
  assert(text.size() <= 0xFFFFU);
  put_number(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

void pack_item(const MetadataPair& pair, std::string& out) {
  put_string(out, pair.key);
  put_string(out, pair.value);
}

void pack_item(const RosterEntry& entry, std::string& out) {
  put_number(out, entry.session);
  put_number(out, entry.since_unix_ms);
  put_number(out, entry.requests);
  put_number(out, entry.idle_ms);
  put_string(out, entry.name);
  put_string(out, entry.address);
}

void encode(const Hello& message, std::string& out) {
  const bool has_metadata = message.metadata.size() > 0;
  put_head(out, Type::hello);
  put_number(out, static_cast<std::uint8_t>((message.token ? 0x01U : 0U) | (has_metadata ? 0x02U : 0U)));
  put_string(out, message.name);
  if (message.token) put_token(out, *message.token);
  if (has_metadata) {
    put_number(out, static_cast<std::uint8_t>(message.metadata.size()));
    out += message.metadata.bytes();
  }
}

void encode(const Request& message, std::string& out) {
  put_head(out, Type::request);
  put_number(out, message.id);
  out += message.body;
}

void encode(const Bye&, std::string& out) { put_head(out, Type::bye); }

void encode(const RosterQuery& message, std::string& out) {
  put_head(out, Type::roster_query);
  put_number(out, message.cursor);
  put_number(out, message.limit);
}

void encode(const Watch& message, std::string& out) {
  put_head(out, Type::watch);
  put_number(out, static_cast<std::uint8_t>(message.stop ? 1 : 0));
  put_number(out, message.from_version);
}

void encode(const Plain& message, std::string& out) { out += message.text; }

void encode(const Welcome& message, std::string& out) {
  put_head(out, Type::welcome);
  put_number(out, static_cast<std::uint8_t>(message.resumed ? 1 : 0));
  put_token(out, message.token);
  put_number(out, message.window);
  put_number(out, message.max_message_bytes);
  put_number(out, message.liveness_ms);
  put_number(out, message.count);
  put_number(out, message.version);
}

void encode(const Reply& message, std::string& out) {
  put_head(out, Type::reply);
  put_number(out, message.id);
  put_number(out, message.count);
  put_number(out, message.version);
  out += message.body;
}

void encode(const Roster& message, std::string& out) {
  put_head(out, Type::roster);
  put_number(out, static_cast<std::uint8_t>(message.pushed ? 1 : 0));
  put_number(out, message.version);
  put_number(out, message.count);
  put_number(out, message.next);
  put_number(out, message.entries.size());
  out += message.entries.bytes();
}

void encode(const Event& message, std::string& out) {
  put_head(out, Type::event);
  put_number(out, static_cast<std::uint8_t>(message.kind));
  put_number(out, static_cast<std::uint8_t>(message.reason));
  put_number(out, message.session);
  put_number(out, message.count);
  put_number(out, message.version);
  put_string(out, message.name);
  put_string(out, message.address);
}

void encode(const Error& message, std::string& out) {
  put_head(out, Type::error);
  put_number(out, message.id);
  put_number(out, static_cast<std::uint16_t>(message.code));
  put_string(out, message.text);
}

void encode(const Closing& message, std::string& out) {
  put_head(out, Type::closing);
  put_number(out, static_cast<std::uint8_t>(message.reason));
  put_number(out, message.grace_ms);
  put_string(out, message.text);
}

void encode_plain_error(const Error& message, std::string& out) {
  out += "ERROR ";
  out += std::to_string(static_cast<unsigned>(message.code));
  out += ' ';
  out += error_name(message.code);
  out += ": ";
  out += message.text;
}

}  // namespace rollcall::wire
