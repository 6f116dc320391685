// What the fuzz targets share: bytes turned into choices, and a check that ends the program, which is how a fuzzer is
// told that something was found. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace rollcall::fuzz {

/// Ends the program unless `good`; `what` is what should have been true.
inline void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// Takes bytes from the front as numbers and texts; when none are left, everything is zero or empty.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  template <typename Number>
  Number number() {
    std::uint64_t value = 0;
    for (const char byte : take(sizeof(Number))) value = value << 8U | static_cast<std::uint8_t>(byte);
    return static_cast<Number>(value);
  }
  /// 0 to `bound` - 1.
  std::size_t below(std::size_t bound) { return number<std::uint8_t>() % bound; }
  bool flip() { return below(2) == 1; }
  /// A length byte, and so many bytes.
  std::string_view bytes(std::size_t most = 0xFF) { return take(below(most + 1)); }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  /// Well-formed UTF-8 of at most `most` bytes, a character for each byte that is taken.
  std::string text(std::size_t most = 0xFF) {
    std::string out;
    for (const char byte : bytes(most)) {
      const auto value = static_cast<std::uint8_t>(byte);
      const std::string_view next = value < 0x80U ? std::string_view(&byte, 1) : wide(value);
      if (out.size() + next.size() <= most) out += next;
    }
    return out;
  }

 private:
  /// Characters at the edges of what UTF-8 is.
  static std::string_view wide(std::uint8_t value) {
    constexpr std::string_view all[] = {"\u0080", "\u07FF", "\u0800",     "\uD7FF",
                                        "\uE000", "\uFFFF", "\U00010000", "\U0010FFFF"};
    return all[value % std::size(all)];
  }

  std::string_view rest_;
};

/// What the fuzzer calls: each target defines it. Returns for any bytes; ends the program when something is broken.
void try_bytes(std::string_view bytes);

}  // namespace rollcall::fuzz
