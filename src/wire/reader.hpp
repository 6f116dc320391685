// A cursor over received bytes, and its counterpart for writing (PROTOCOL.md section 3: numbers are big-endian, strings
// have a 16-bit length). A read past the end gives zero or nothing, and the reader remembers that it failed: a decoder
// reads all its fields and asks once. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::wire {

class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : rest_(bytes) {}

  /// An unsigned big-endian number of sizeof(Number) bytes; 0 when fewer are left.
  template <typename Number>
  [[nodiscard]] Number number() noexcept {
    Number value = 0;
    for (const char byte : take(sizeof(Number))) {
      value = static_cast<Number>((static_cast<std::uint64_t>(value) << 8U) | static_cast<std::uint8_t>(byte));
    }
    return value;
  }

  /// The next `size` bytes; nothing when fewer are left.
  [[nodiscard]] std::string_view take(std::size_t size) noexcept {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  /// A string's bytes, not checked for UTF-8.
  [[nodiscard]] std::string_view string() noexcept { return take(number<std::uint16_t>()); }

  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

/// Appends `value` to `out`, big-endian, in sizeof(Number) bytes.
template <typename Number>
void put_number(std::string& out, Number value) {
  char bytes[sizeof(Number)];
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    bytes[i] = static_cast<char>(static_cast<std::uint64_t>(value) & 0xFFU);
    value = static_cast<Number>(static_cast<std::uint64_t>(value) >> 8U);
  }
  out.append(bytes, sizeof(Number));
}

/// Appends a string with its length. `text` must be at most 65,535 bytes long.
void put_string(std::string& out, std::string_view text);

}  // namespace rollcall::wire
