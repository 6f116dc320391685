// What is text (RFC 3629, PROTOCOL.md section 3), and how a stranger's text is shown (section 11).
#include "wire/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rollcall::wire {
namespace {

/// RFC 3629 section 3's table as it stands there, for any number, valid or not.
std::string write_utf8(std::uint32_t value) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (value < 0x80U) return {byte(value)};
  if (value < 0x800U) return {byte(0xC0U + value / 64U), byte(0x80U + value % 64U)};
  if (value < 0x10000U) {
    return {byte(0xE0U + value / 4096U), byte(0x80U + value / 64U % 64U), byte(0x80U + value % 64U)};
  }
  return {byte(0xF0U + value / 262144U), byte(0x80U + value / 4096U % 64U), byte(0x80U + value / 64U % 64U),
          byte(0x80U + value % 64U)};
}

/// RFC 3629 section 4's grammar, one alternative a line: a check that shares nothing with the code under test. How many
/// bytes the first character has, 0 when it is none.
std::size_t naive_size(std::string_view s) {
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    return i < s.size() && static_cast<unsigned char>(s[i]) >= low && static_cast<unsigned char>(s[i]) <= high;
  };
  const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
  if (in(0, 0x00, 0x7F)) return 1;
  if (in(0, 0xC2, 0xDF) && tail(1)) return 2;
  if (in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF) && tail(2)) return 3;
  if (in(0, 0xE1, 0xEC) && tail(1) && tail(2)) return 3;
  if (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F) && tail(2)) return 3;
  if (in(0, 0xEE, 0xEF) && tail(1) && tail(2)) return 3;
  if (in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF) && tail(2) && tail(3)) return 4;
  if (in(0, 0xF1, 0xF3) && tail(1) && tail(2) && tail(3)) return 4;
  if (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F) && tail(2) && tail(3)) return 4;
  return 0;
}

bool naive_is_utf8(std::string_view s) {
  while (!s.empty()) {
    const std::size_t size = naive_size(s);
    if (size == 0) return false;
    s.remove_prefix(size);
  }
  return true;
}

TEST(IsUtf8, EveryCodePointAndNoOtherNumber) {
  std::size_t wrong = 0;
  for (std::uint32_t value = 0; value <= 0x1FFFFFU; ++value) {
    const std::string text = write_utf8(value);
    const bool valid = value <= 0x10FFFFU && (value < 0xD800U || value > 0xDFFFU);
    const auto point = first_code_point(text);
    if (is_utf8(text) != valid || point.has_value() != valid) ++wrong;
    if (point && (point->value != value || point->size != text.size())) ++wrong;
  }
  EXPECT_EQ(wrong, 0U);
}

TEST(IsUtf8, EverySequenceOfUpToThreeBytes) {
  std::size_t wrong = 0;
  std::string text;
  for (std::size_t size = 0; size <= 3; ++size) {
    text.assign(size, '\0');
    const std::uint32_t sequences = 1U << (8U * size);
    for (std::uint32_t bytes = 0; bytes < sequences; ++bytes) {
      for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(static_cast<unsigned char>(bytes >> (8U * i)));
      if (is_utf8(text) != naive_is_utf8(text)) ++wrong;
    }
  }
  EXPECT_EQ(wrong, 0U);
}

// Four bytes, of all the classes that the grammar tells apart.
TEST(IsUtf8, FourBytesAtTheEdgesOfEveryClass) {
  const std::string edges =
      "\x01\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf1\xf3\xf4\xf5\xff";
  for (const char a : edges) {
    for (const char b : edges) {
      for (const char c : edges) {
        for (const char d : edges) {
          const std::string text{a, b, c, d};
          ASSERT_EQ(is_utf8(text), naive_is_utf8(text)) << testing::PrintToString(text);
        }
      }
    }
  }
}

// The check goes eight bytes at a time over ASCII: a bad byte must be found wherever it stands.
TEST(IsUtf8, ABadByteIsFoundAtEveryPlace) {
  EXPECT_TRUE(is_utf8(""));
  for (std::size_t size = 1; size <= 40; ++size) {
    EXPECT_TRUE(is_utf8(std::string(size, 'a')));
    for (std::size_t place = 0; place < size; ++place) {
      std::string text(size, 'a');
      text[place] = '\x80';
      EXPECT_FALSE(is_utf8(text)) << size << " " << place;
      text.replace(place, 1, "\U0001F600");
      EXPECT_TRUE(is_utf8(text)) << size << " " << place;
      text.erase(place + 3, 1);
      EXPECT_FALSE(is_utf8(text)) << size << " " << place;
    }
  }
}

TEST(FirstCodePoint, TakesOneCharacter) {
  EXPECT_FALSE(first_code_point("").has_value());
  EXPECT_FALSE(first_code_point("\xC3").has_value());
  EXPECT_EQ(first_code_point("éa")->value, 0xE9U);
  EXPECT_EQ(first_code_point("éa")->size, 2U);
  EXPECT_EQ(first_code_point(std::string_view("\0x", 2))->value, 0U);
}

TEST(Printable, LeavesOrdinaryTextAlone) {
  for (const std::string_view text : {"", "Hello, Client! Conexões ativas: 3", "日本語 \U0001F600", "a\\b \"c\""}) {
    EXPECT_EQ(printable(text, 1000), text);
  }
}

TEST(Printable, EscapesControlsAndTerminalSequences) {
  EXPECT_EQ(printable("a\nb\r\tc", 100), "a\\u{A}b\\u{D}\\u{9}c");
  EXPECT_EQ(printable("\x1b[31mred\x1b[0m", 100), "\\u{1B}[31mred\\u{1B}[0m");
  EXPECT_EQ(printable(std::string_view("\0\x7f", 2), 100), "\\u{0}\\u{7F}");
  EXPECT_EQ(printable("\u0080\u009b31m\u009f", 100), "\\u{80}\\u{9B}31m\\u{9F}");  // C1: CSI in one character
}

TEST(Printable, EscapesWhatMovesOrHidesText) {
  EXPECT_EQ(printable("a\u2028b\u2029c", 100), "a\\u{2028}b\\u{2029}c");
  EXPECT_EQ(printable("\u061c\u200e\u200f", 100), "\\u{61C}\\u{200E}\\u{200F}");
  EXPECT_EQ(printable("\u202a\u202b\u202c\u202d\u202e", 100), "\\u{202A}\\u{202B}\\u{202C}\\u{202D}\\u{202E}");
  EXPECT_EQ(printable("\u2066\u2067\u2068\u2069", 100), "\\u{2066}\\u{2067}\\u{2068}\\u{2069}");
  EXPECT_EQ(printable("a\u200bb\ufeff", 100), "a\\u{200B}b\\u{FEFF}");
  EXPECT_EQ(printable("a\U000E0000\U000E007Fb", 100), "a\\u{E0000}\\u{E007F}b");  // tags: text that nobody sees
  EXPECT_EQ(printable("\U000DFFFF\U000E0080", 100), "\U000DFFFF\U000E0080");
}

TEST(Printable, EscapesBytesThatAreNotText) {
  EXPECT_EQ(printable("a\xff\xc3", 100), "a\\x{FF}\\x{C3}");
  EXPECT_EQ(printable("\xc0\x80z", 100), "\\x{C0}\\x{80}z");
  EXPECT_EQ(printable("\xed\xa0\x80", 100), "\\x{ED}\\x{A0}\\x{80}");
}

// Whatever goes in, what comes out is one line of UTF-8 without controls.
TEST(Printable, IsHarmlessForEveryPairOfBytes) {
  for (unsigned bytes = 0; bytes <= 0xFFFFU; ++bytes) {
    const std::string text{static_cast<char>(static_cast<unsigned char>(bytes >> 8U)),
                           static_cast<char>(static_cast<unsigned char>(bytes & 0xFFU))};
    const std::string shown = printable(text, 2);
    ASSERT_TRUE(is_utf8(shown)) << bytes;
    for (std::string_view rest = shown; !rest.empty(); rest.remove_prefix(first_code_point(rest)->size)) {
      const std::uint32_t value = first_code_point(rest)->value;
      ASSERT_TRUE(value >= 0x20U && (value < 0x7FU || value > 0x9FU)) << bytes;
    }
  }
}

TEST(Printable, CutsWithAnEllipsisBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 5), "abcde…");
  EXPECT_EQ(printable("abcdef", 0), "…");
  EXPECT_EQ(printable("", 0), "");
  EXPECT_EQ(printable("aéé", 3), "aé…");
  EXPECT_EQ(printable("aéé", 4), "aé…");               // never half a character
  EXPECT_EQ(printable("\n\n\n", 2), "\\u{A}\\u{A}…");  // the bound counts what came in
}

}  // namespace
}  // namespace rollcall::wire
