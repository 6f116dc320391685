// The list of keys that may come in, as it is written in a file: a public key and its owner's name a line.
//
//   # who may connect
//   Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID ana
//
// Blank lines, and lines that begin with "#", say nothing. "#" is a character of keys, but none begins with it: five of
// them stand for 32 bits, and it is worth too much to be the first. So a line is left out by a "#" before it.
// Plain values; no files, no threads.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace rollcall::core {

/// A CURVE key in the Z85 encoding of ZeroMQ's RFC 32.
inline constexpr std::size_t key_text_bytes = 40;
/// Whether `text` stands for the 32 bytes of a key.
[[nodiscard]] bool is_key_text(std::string_view text) noexcept;

/// Names by key. A name need not be unique: a person may have several keys.
using AuthorizedKeys = std::map<std::string, std::string, std::less<>>;

/// Why the text is not such a list.
struct KeyListFault {
  std::size_t line = 0;  ///< from 1
  std::string what;
};
[[nodiscard]] std::variant<AuthorizedKeys, KeyListFault> parse_authorized_keys(std::string_view text);

}  // namespace rollcall::core
