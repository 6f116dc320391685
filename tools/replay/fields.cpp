#include "replay/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "replay/duration_text.hpp"
#include "replay/spelling.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

constexpr std::size_t quoted_bytes_max = 60;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
  return std::nullopt;
}

}  // namespace

Fields::Fields(const nlohmann::json& object, std::string_view what, const std::vector<std::string>& known)
    : object_(object), what_(what) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string all = fmt::format(": {} may have {}", what_, fmt::join(known, ", "));
    throw Fault(fmt::format("unknown key \"{}\" in {}{}", wire::printable(key, quoted_bytes_max), what_,
                            did_you_mean(key, known, all)));
  }
}

const nlohmann::json* Fields::find(std::string_view key) const {
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

void Fields::wrong_type(std::string_view key, const nlohmann::json& value, std::string_view meant) const {
  std::string shown = value.is_array() ? "a list" : "an object";
  if (value.is_primitive()) shown = wire::printable(value.dump(), quoted_bytes_max);
  throw Fault(fmt::format("\"{}\" is {}: {} is meant", key, shown, meant));
}

std::optional<std::string> Fields::text(std::string_view key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) wrong_type(key, *value, "text in double quotes");
  return value->get<std::string>();
}

std::optional<std::uint64_t> Fields::number(std::string_view key, std::uint64_t least, std::uint64_t most) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least || value->get<std::uint64_t>() > most) {
    wrong_type(key, *value, fmt::format("a whole number from {} to {}", least, most));
  }
  return value->get<std::uint64_t>();
}

std::optional<std::uint32_t> Fields::number32(std::string_view key, std::uint32_t least, std::uint32_t most) const {
  const auto value = number(key, least, most);
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<Duration> Fields::duration(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? std::nullopt : std::optional<Duration>(parse_duration(*value, key));
}

std::optional<TextTemplate> Fields::text_template(std::string_view key, bool is_expected) const {
  const auto source = text(key);
  if (!source) return std::nullopt;
  try {
    return TextTemplate::parse(*source, is_expected);
  } catch (const TemplateError& error) {
    throw Fault(fmt::format("\"{}\": {}", key, error.what()));
  }
}

std::optional<std::string> Fields::bytes(std::string_view key) const {
  const auto digits = text(key);
  if (!digits) return std::nullopt;
  std::string out;
  std::optional<unsigned> high;
  for (const char c : *digits) {
    if (c == ' ' && !high) continue;
    const auto digit = hex_digit(c);
    if (!digit) throw Fault(fmt::format("\"{}\" has something else than hexadecimal digits: \"00ff\" is meant", key));
    if (high) out += static_cast<char>(*high << 4U | *digit);
    high = high ? std::nullopt : digit;
  }
  if (high) throw Fault(fmt::format("\"{}\" has an odd number of digits: two a byte are meant", key));
  return out;
}

const nlohmann::json* Fields::object(std::string_view key) const {
  const auto* value = find(key);
  if (value != nullptr && !value->is_object()) wrong_type(key, *value, "an object in braces");
  return value;
}

const nlohmann::json* Fields::array(std::string_view key) const {
  const auto* value = find(key);
  if (value != nullptr && !value->is_array()) wrong_type(key, *value, "a list in brackets");
  return value;
}

void Fields::not_both(std::string_view one, std::string_view other) const {
  if (has(one) && has(other))
    throw Fault(fmt::format(R"("{}" and "{}" in {}: one of them is meant)", one, other, what_));
}

}  // namespace rollcall::replay
