// Messages within the grammar of proto/PROTOCOL.md, from a fuzzer's choices. Each function calls `visit` with one: a
// message is made of views, so it lives for that call only.
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "fuzz/fuzzing.hpp"
#include "wire/codec.hpp"

namespace rollcall::fuzz {

inline wire::Token any_token(Choices& in) {
  wire::Token token{};
  const std::string_view bytes = in.take(token.size());
  std::copy(bytes.begin(), bytes.end(), token.begin());
  return token;
}

template <typename Visit>
void any_hello(Choices& in, Visit&& visit) {
  const std::size_t pairs_max = wire::metadata_pairs_max;
  const std::string name = in.text(wire::name_bytes_max);
  wire::Hello hello{name, {}, {}};
  if (in.flip()) hello.token = any_token(in);
  std::string pairs;
  const auto size = static_cast<std::uint16_t>(in.below(pairs_max + 1));
  for (std::uint16_t i = 0; i < size; ++i) {
    const std::string key = "k" + in.text(wire::metadata_key_bytes_max - 1);
    const std::string value = in.text(wire::metadata_bytes_max / pairs_max - wire::metadata_key_bytes_max - 5);
    wire::pack_item(wire::MetadataPair{key, value}, pairs);
  }
  hello.metadata = {pairs, size};
  visit(hello);
}

/// A message of a client's.
template <typename Visit>
void any_client_message(Choices& in, Visit&& visit) {
  switch (in.below(6)) {
    case 0:
      return any_hello(in, visit);
    case 1: {
      const auto id = in.number<std::uint64_t>();
      return visit(wire::Request{id, in.bytes()});
    }
    case 2:
      return visit(wire::Bye{});
    case 3: {
      const auto cursor = in.number<std::uint64_t>();
      return visit(wire::RosterQuery{cursor, in.number<std::uint16_t>()});
    }
    case 4: {
      const bool stop = in.flip();
      return visit(wire::Watch{stop, in.number<std::uint64_t>()});
    }
    default: {
      const std::string text = "!" + in.text();
      return visit(wire::Plain{text});
    }
  }
}

template <typename Visit>
void any_roster(Choices& in, Visit&& visit) {
  wire::Roster roster;
  roster.pushed = in.flip();
  roster.version = in.number<std::uint64_t>();
  roster.count = in.number<std::uint32_t>();
  roster.next = in.number<std::uint64_t>();
  std::string entries;
  const auto size = static_cast<std::uint16_t>(in.below(8));
  for (std::uint16_t i = 0; i < size; ++i) {
    wire::RosterEntry entry;
    entry.session = in.number<std::uint64_t>();
    entry.since_unix_ms = in.number<std::uint64_t>();
    entry.requests = in.number<std::uint64_t>();
    entry.idle_ms = in.number<std::uint32_t>();
    const std::string name = in.text(wire::name_bytes_max);
    const std::string address = in.text();
    entry.name = name;
    entry.address = address;
    wire::pack_item(entry, entries);
  }
  roster.entries = {entries, size};
  visit(roster);
}

template <typename Visit>
void any_event(Choices& in, Visit&& visit) {
  wire::Event event;
  event.kind = static_cast<wire::EventKind>(1 + in.below(3));
  if (event.kind == wire::EventKind::left) event.reason = static_cast<wire::LeaveReason>(1 + in.below(5));
  event.session = in.number<std::uint64_t>();
  event.count = in.number<std::uint32_t>();
  event.version = in.number<std::uint64_t>();
  const std::string name = in.text(wire::name_bytes_max);
  const std::string address = in.text();
  event.name = name;
  event.address = address;
  visit(event);
}

inline wire::Welcome any_welcome(Choices& in) {
  wire::Welcome welcome;
  welcome.resumed = in.flip();
  welcome.token = any_token(in);
  welcome.window = std::max<std::uint32_t>(1, in.number<std::uint32_t>());
  welcome.max_message_bytes = in.number<std::uint32_t>();
  welcome.liveness_ms = in.number<std::uint32_t>();
  welcome.count = in.number<std::uint32_t>();
  welcome.version = in.number<std::uint64_t>();
  return welcome;
}

/// A message of a server's.
template <typename Visit>
void any_server_message(Choices& in, Visit&& visit) {
  switch (in.below(7)) {
    case 0:
      return visit(any_welcome(in));
    case 1: {
      wire::Reply reply{in.number<std::uint64_t>(), 0, 0, {}};
      reply.count = in.number<std::uint32_t>();
      reply.version = in.number<std::uint64_t>();
      reply.body = in.bytes();
      return visit(reply);
    }
    case 2:
      return any_roster(in, visit);
    case 3:
      return any_event(in, visit);
    case 4: {
      const auto id = in.number<std::uint64_t>();
      const auto code = std::max<std::uint16_t>(1, in.number<std::uint16_t>());
      const std::string text = in.text();
      return visit(wire::Error{id, static_cast<wire::ErrorCode>(code), text});
    }
    case 5: {
      const auto reason = static_cast<wire::ClosingReason>(1 + in.below(3));
      const auto grace_ms = in.number<std::uint32_t>();
      const std::string text = in.text();
      return visit(wire::Closing{reason, grace_ms, text});
    }
    default: {
      const std::string text = "!" + in.text();
      return visit(wire::Plain{text});
    }
  }
}

}  // namespace rollcall::fuzz
