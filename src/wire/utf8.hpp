// UTF-8 (RFC 3629): what is text, and how to show text that a stranger wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::wire {

/// One code point taken off the front of a text, and how many bytes it had.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;
};

/// The first code point of `text`; nothing when `text` is empty or does not begin with well-formed UTF-8 (overlong
/// forms, surrogates and values above U+10FFFF are not).
[[nodiscard]] std::optional<CodePoint> first_code_point(std::string_view text) noexcept;

/// True when all of `text` is well-formed UTF-8. The empty text is.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` made harmless for a terminal or a log: control characters, line and paragraph separators, and characters that
/// change the direction of writing become \u{HEX}, bytes that are not UTF-8 become \x{HEX}; cut after `bytes_max` bytes
/// of input, with an ellipsis in place of the rest.
[[nodiscard]] std::string printable(std::string_view text, std::size_t bytes_max);

}  // namespace rollcall::wire
