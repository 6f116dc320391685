// Lines of any bytes in any pieces: replay/line_reader.hpp.
#include "replay/line_reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <system_error>

#include "replay/script_text.hpp"
#include "replay/temporary_file.hpp"

namespace rollcall::replay {
namespace {

using test::memory_source;

std::vector<std::string> lines_of(LineReader::Source source, std::size_t line_bytes_max = 1000) {
  LineReader reader(std::move(source), line_bytes_max);
  std::vector<std::string> lines;
  while (const auto line = reader.next()) {
    lines.emplace_back(*line);
    EXPECT_EQ(reader.line(), lines.size());
  }
  return lines;
}
using Lines = std::vector<std::string>;

TEST(LineReader, GivesLinesWithoutTheirEnds) {
  EXPECT_EQ(lines_of(memory_source("")), Lines{});
  EXPECT_EQ(lines_of(memory_source("\n")), Lines{""});
  EXPECT_EQ(lines_of(memory_source("a\n\nb")), (Lines{"a", "", "b"}));
  EXPECT_EQ(lines_of(memory_source("a\r\nb\r\n")), (Lines{"a", "b"}));
  EXPECT_EQ(lines_of(memory_source(std::string("\0\xff\n", 3))), (Lines{std::string("\0\xff", 2)}));
}

TEST(LineReader, ALineAsLongAsAllowedIsGivenAndALongerOneIsNot) {
  EXPECT_EQ(lines_of(memory_source("abc\nabcd\n", 2), 4), (Lines{"abc", "abcd"}));
  LineReader reader(memory_source("a\nabcde\n", 2), 4);
  EXPECT_EQ(reader.next(), "a");
  try {
    reader.next();
    FAIL();
  } catch (const LineError& error) {
    EXPECT_EQ(error.line, 2U);
  }
}

TEST(LineReader, StopsReadingALineThatIsTooLong) {
  std::size_t given = 0;
  LineReader reader(
      [&](char* buffer, std::size_t size) {
        std::fill_n(buffer, size, 'x');
        given += size;
        return size;
      },
      1'000'000);
  EXPECT_THROW(reader.next(), LineError);
  EXPECT_LT(given, 1'200'000U);
}

TEST(LineReader, SaysWhenAFileCannotBeRead) {
  EXPECT_THROW((void)file_source("/nowhere/script.jsonl"), std::system_error);
  EXPECT_THROW((void)lines_of(file_source("/")), std::system_error);
}

TEST(LineReader, ReadsFiles) {
  const test::TemporaryFile file("one\ntwo");
  EXPECT_EQ(lines_of(file_source(file.path())), (Lines{"one", "two"}));
}

RC_GTEST_PROP(LineReader, PiecesOfAnySizeGiveTheSameLines, ()) {
  const auto letter = rc::gen::element('a', 'b', '\n', '\n', '\r', '\0');
  const auto bytes = *rc::gen::container<std::string>(letter);
  const auto chunk = *rc::gen::inRange<std::size_t>(1, 10);
  const Lines lines = lines_of(memory_source(bytes, chunk));
  RC_ASSERT(lines == lines_of(memory_source(bytes)));
  std::size_t newlines = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  RC_ASSERT(lines.size() == newlines + (bytes.empty() || bytes.back() == '\n' ? 0U : 1U));
}

}  // namespace
}  // namespace rollcall::replay
