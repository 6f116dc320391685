#include "wire/utf8.hpp"

#include <array>
#include <cstdio>
#include <cstring>

namespace rollcall::wire {
namespace {

/// What a lead byte promises: the length of its sequence and the least value that may be written with it.
struct Lead {
  std::size_t size;
  std::uint32_t bits;
  std::uint32_t least;
};

std::optional<Lead> classify(std::uint8_t byte) noexcept {
  if (byte < 0x80U) return Lead{1, byte, 0};
  if (byte >= 0xC2U && byte <= 0xDFU) return Lead{2, byte & 0x1FU, 0x80U};
  if (byte >= 0xE0U && byte <= 0xEFU) return Lead{3, byte & 0x0FU, 0x800U};
  if (byte >= 0xF0U && byte <= 0xF4U) return Lead{4, byte & 0x07U, 0x10000U};
  return std::nullopt;
}

bool is_hostile_to_terminals(std::uint32_t value) noexcept {
  const bool control = value < 0x20U || (value >= 0x7FU && value <= 0x9FU);
  const bool separator = value == 0x2028U || value == 0x2029U;
  const bool bidi = value == 0x061CU || (value >= 0x200EU && value <= 0x200FU) ||
                    (value >= 0x202AU && value <= 0x202EU) || (value >= 0x2066U && value <= 0x2069U);
  const bool invisible = value == 0x200BU || value == 0xFEFFU || (value >= 0xE0000U && value <= 0xE007FU);
  return control || separator || bidi || invisible;
}

void append_escaped(std::string& out, char kind, std::uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "\\%c{%X}", kind, value);
  out += text.data();
}

}  // namespace

std::optional<CodePoint> first_code_point(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  const auto lead = classify(static_cast<std::uint8_t>(text[0]));
  if (!lead || text.size() < lead->size) return std::nullopt;
  std::uint32_t value = lead->bits;
  for (std::size_t i = 1; i < lead->size; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return std::nullopt;
    value = (value << 6U) | (byte & 0x3FU);
  }
  const bool surrogate = value >= 0xD800U && value <= 0xDFFFU;
  if (value < lead->least || surrogate || value > 0x10FFFFU) return std::nullopt;
  return CodePoint{value, lead->size};
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    // Most text is ASCII: eight bytes at a time where none has its high bit set.
    if (text.size() >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), sizeof word);
      if ((word & 0x8080808080808080ULL) == 0) {
        text.remove_prefix(8);
        continue;
      }
    }
    const bool ascii = (static_cast<std::uint8_t>(text[0]) & 0x80U) == 0;
    const auto point = ascii ? CodePoint{0, 1} : first_code_point(text);
    if (!point) return false;
    text.remove_prefix(point->size);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const std::size_t size = point ? point->size : 1;
    if (used + size > bytes_max) {
      out += "…";
      break;
    }
    used += size;
    if (!point) {
      append_escaped(out, 'x', static_cast<std::uint8_t>(text[0]));
    } else if (is_hostile_to_terminals(point->value)) {
      append_escaped(out, 'u', point->value);
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace rollcall::wire
