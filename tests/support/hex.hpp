// Bytes as hexadecimal text and back, for tests: PROTOCOL.md and its vectors write bytes so.
#pragma once

#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rollcall::test {

/// The bytes that `hex` stands for. White space is skipped, so that a test may group digits by field. Throws
/// std::invalid_argument for anything else: a mistake of the test's.
inline std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) -> unsigned {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
    throw std::invalid_argument("not a hexadecimal digit");
  };
  std::string digits;
  for (const char c : hex) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) digits += c;
  }
  if (digits.size() % 2 != 0) throw std::invalid_argument("half a byte is left over");
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(digit(digits[i]) * 16U + digit(digits[i + 1]));
  }
  return bytes;
}

/// Two lower-case digits a byte. Takes any range of one-byte elements.
template <typename Bytes>
std::string to_hex(const Bytes& bytes) {
  std::string hex;
  for (const auto byte : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(byte);
    hex += digits[value / 16U];
    hex += digits[value % 16U];
  }
  return hex;
}

}  // namespace rollcall::test
