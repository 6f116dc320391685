// Decoded messages in the forms that tests compare: JSON as in proto/vectors, and encoded again.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <variant>

#include "support/encoded.hpp"
#include "support/hex.hpp"
#include "wire/codec.hpp"

namespace rollcall::test {

// describe: a message's fields as the vectors name them.

inline nlohmann::json describe(const wire::Fault& m) {
  return {{"type", "fault"}, {"code", m.code}, {"code_name", wire::error_name(m.code)}};
}
inline nlohmann::json describe(const wire::Plain& m) { return {{"type", "plain"}, {"text", m.text}}; }
inline nlohmann::json describe(const wire::Hello& m) {
  nlohmann::json json = {{"type", "hello"}, {"name", m.name}, {"token_hex", nullptr}};
  if (m.token) json["token_hex"] = to_hex(*m.token);
  json["metadata"] = nlohmann::json::array();
  m.metadata.for_each([&](const wire::MetadataPair& pair) {
    json["metadata"].push_back({{"key", pair.key}, {"value", pair.value}});
  });
  return json;
}
inline nlohmann::json describe(const wire::Request& m) {
  return {{"type", "request"}, {"id", m.id}, {"body_hex", to_hex(m.body)}};
}
inline nlohmann::json describe(const wire::Bye&) { return {{"type", "bye"}}; }
inline nlohmann::json describe(const wire::RosterQuery& m) {
  return {{"type", "roster_query"}, {"cursor", m.cursor}, {"limit", m.limit}};
}
inline nlohmann::json describe(const wire::Watch& m) {
  return {{"type", "watch"}, {"stop", m.stop}, {"version_from", m.from_version}};
}
inline nlohmann::json describe(const wire::Welcome& m) {
  return {{"type", "welcome"},         {"resumed", m.resumed}, {"token_hex", to_hex(m.token)},
          {"window", m.window},        {"count", m.count},     {"max_message", m.max_message_bytes},
          {"liveness", m.liveness_ms}, {"version", m.version}};
}
inline nlohmann::json describe(const wire::Reply& m) {
  return {{"type", "reply"}, {"id", m.id}, {"count", m.count}, {"version", m.version}, {"body_hex", to_hex(m.body)}};
}
inline nlohmann::json describe(const wire::Roster& m) {
  nlohmann::json json = {
      {"type", "roster"}, {"pushed", m.pushed}, {"version", m.version}, {"count", m.count}, {"next", m.next}};
  json["entries"] = nlohmann::json::array();
  m.entries.for_each([&](const wire::RosterEntry& entry) {
    json["entries"].push_back({{"session", entry.session},
                               {"since", entry.since_unix_ms},
                               {"requests", entry.requests},
                               {"idle", entry.idle_ms},
                               {"name", entry.name},
                               {"address", entry.address}});
  });
  return json;
}
inline nlohmann::json describe(const wire::Event& m) {
  return {{"type", "event"},  {"kind", m.kind},       {"reason", m.reason}, {"session", m.session},
          {"count", m.count}, {"version", m.version}, {"name", m.name},     {"address", m.address}};
}
inline nlohmann::json describe(const wire::Error& m) {
  return {{"type", "error"}, {"id", m.id}, {"code", m.code}, {"code_name", wire::error_name(m.code)}, {"text", m.text}};
}
inline nlohmann::json describe(const wire::Closing& m) {
  return {{"type", "closing"}, {"reason", m.reason}, {"grace", m.grace_ms}, {"text", m.text}};
}
template <typename... Alternatives>
nlohmann::json describe(const std::variant<Alternatives...>& message) {
  return std::visit([](const auto& alternative) { return describe(alternative); }, message);
}

/// The same of the codec's variants (encoded.hpp has it of a message); of a Fault it gives "", which is no message's
/// encoding.
template <typename... Alternatives>
std::string encoded(const std::variant<Alternatives...>& message) {
  return std::visit(
      [](const auto& alternative) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(alternative)>, wire::Fault>)
          return {};
        else
          return encoded(alternative);
      },
      message);
}

/// The code of a Fault; 0 when the bytes were a message.
template <typename Variant>
unsigned fault_code(const Variant& message) {
  const auto* fault = std::get_if<wire::Fault>(&message);
  return fault != nullptr ? static_cast<unsigned>(fault->code) : 0U;
}

}  // namespace rollcall::test
