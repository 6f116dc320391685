#include "core/authorized_keys.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "wire/messages.hpp"
#include "wire/utf8.hpp"

namespace rollcall::core {
namespace {

constexpr std::string_view key_characters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// What is wrong with a name; nothing when it will do.
std::optional<std::string> problem_of_name(std::string_view name) {
  if (name.empty()) return "a name is missing after the key";
  if (name.size() > wire::name_bytes_max) return "the name is longer than 128 bytes";
  if (!wire::is_utf8(name)) return "the name is not UTF-8";
  const bool control =
      std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
  if (control) return "the name has control characters";
  return std::nullopt;
}

}  // namespace

bool is_key_text(std::string_view text) noexcept {
  constexpr std::size_t group_characters = 5;
  if (text.size() != key_text_bytes) return false;
  for (std::size_t group = 0; group < key_text_bytes; group += group_characters) {
    std::uint64_t value = 0;
    for (const char c : text.substr(group, group_characters)) {
      const std::size_t digit = key_characters.find(c);
      if (digit == std::string_view::npos) return false;
      value = value * key_characters.size() + digit;
    }
    if (value > std::numeric_limits<std::uint32_t>::max()) return false;
  }
  return true;
}

std::variant<AuthorizedKeys, KeyListFault> parse_authorized_keys(std::string_view text) {
  AuthorizedKeys keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t key_end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view key = line.substr(0, key_end);
    if (!is_key_text(key)) return KeyListFault{number, "a line is a public key of 40 characters, a space and a name"};
    const std::string_view name = trimmed(line.substr(key_end));
    if (const auto problem = problem_of_name(name)) return KeyListFault{number, *problem};
    if (!keys.emplace(key, name).second) return KeyListFault{number, "the key is there already"};
  }
  return keys;
}

}  // namespace rollcall::core
