#include "common/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rollcall::tools {
namespace {

std::string in_json(std::string_view text, Braces braces = Braces::as_they_are) {
  std::string out;
  EXPECT_TRUE(append_json_string(text, braces, out));
  return out;
}

TEST(JsonText, WhatNeedsNoEscapeIsLeftAlone) {
  EXPECT_EQ(in_json(""), R"("")");
  EXPECT_EQ(in_json("Hello, Server!"), R"("Hello, Server!")");
  EXPECT_EQ(in_json("Conexões 🎉"), R"("Conexões 🎉")");
}

TEST(JsonText, QuotesBackslashesAndControlsAreEscaped) {
  EXPECT_EQ(in_json("a\"b\\c\n\x1b[2J\x7f"), R"("a\"b\\c\u000a\u001b[2J\u007f")");
  EXPECT_EQ(in_json(std::string_view("\0", 1)), R"("\u0000")");
}

// Right-to-left override and the C1 control that begins a terminal's commands.
TEST(JsonText, WhatATerminalWouldObeyIsEscaped) {
  EXPECT_EQ(in_json("\u202e"), R"("\u202e")");
  EXPECT_EQ(in_json("\u009b"), R"("\u009b")");
  EXPECT_EQ(in_json("\U000E0001"), R"("\udb40\udc01")");
}

TEST(JsonText, BracesAreDoubledForTemplates) {
  EXPECT_EQ(in_json("{a}"), R"("{a}")");
  EXPECT_EQ(in_json("{a}{{", Braces::doubled), R"("{{a}}{{{{")");
}

TEST(JsonText, BytesThatAreNoTextAreRefused) {
  std::string out = "before";
  EXPECT_FALSE(append_json_string("abc\xff", Braces::doubled, out));
  EXPECT_EQ(out, "before");
}

TEST(JsonText, AParserReadsWhatWasWritten) {
  for (std::uint32_t value = 0; value < 0x1'0000; value += value < 0x3000 ? 1 : 0x101) {
    if (value >= 0xD800 && value < 0xE000) continue;
    std::string text = "x";
    if (value < 0x80) {
      text += static_cast<char>(value);
    } else if (value < 0x800) {
      text += static_cast<char>(0xC0U | value >> 6U);
      text += static_cast<char>(0x80U | (value & 0x3FU));
    } else {
      text += static_cast<char>(0xE0U | value >> 12U);
      text += static_cast<char>(0x80U | (value >> 6U & 0x3FU));
      text += static_cast<char>(0x80U | (value & 0x3FU));
    }
    ASSERT_EQ(nlohmann::json::parse(in_json(text)).get<std::string>(), text) << value;
  }
}

}  // namespace
}  // namespace rollcall::tools
