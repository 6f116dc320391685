// Every message that the grammar allows is decoded to the same fields that were encoded.
#include <tuple>
#include <vector>

#include "fuzz/any_message.hpp"

namespace rollcall::fuzz {
namespace {

template <typename Item>
std::vector<Item> items_of(const wire::PackedList<Item>& list) {
  std::vector<Item> items;
  list.for_each([&items](const Item& item) { items.push_back(item); });
  return items;
}

auto fields(const wire::Plain& m) { return std::tuple(m.text); }
auto fields(const wire::Hello& m) { return std::tuple(m.name, m.token, items_of(m.metadata)); }
auto fields(const wire::Request& m) { return std::tuple(m.id, m.body); }
auto fields(const wire::Bye&) { return std::tuple(); }
auto fields(const wire::RosterQuery& m) { return std::tuple(m.cursor, m.limit); }
auto fields(const wire::Watch& m) { return std::tuple(m.stop, m.from_version); }
auto fields(const wire::Welcome& m) {
  return std::tuple(m.resumed, m.token, m.window, m.max_message_bytes, m.liveness_ms, m.count, m.version);
}
auto fields(const wire::Reply& m) { return std::tuple(m.id, m.count, m.version, m.body); }
auto fields(const wire::Roster& m) { return std::tuple(m.pushed, m.version, m.count, m.next, items_of(m.entries)); }
auto fields(const wire::Event& m) {
  return std::tuple(m.kind, m.reason, m.session, m.count, m.version, m.name, m.address);
}
auto fields(const wire::Error& m) { return std::tuple(m.id, m.code, m.text); }
auto fields(const wire::Closing& m) { return std::tuple(m.reason, m.grace_ms, m.text); }

template <typename Decode, typename Message>
void round_trip(Decode&& decode, const Message& message) {
  std::string part;
  wire::encode(message, part);
  const auto decoded = decode(part);
  const auto* same = std::get_if<Message>(&decoded);
  require(same != nullptr, "what was encoded is decoded as the same kind of message");
  require(fields(*same) == fields(message), "with the same fields");
}

}  // namespace

void try_bytes(std::string_view bytes) {
  Choices in(bytes);
  if (in.flip()) {
    any_client_message(in, [](const auto& message) { round_trip(wire::decode_client_message, message); });
  } else {
    any_server_message(in, [](const auto& message) { round_trip(wire::decode_server_message, message); });
  }
}

}  // namespace rollcall::fuzz
