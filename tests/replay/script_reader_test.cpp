// Whole scripts, whole junk, and headers: replay/script_reader.hpp.
#include "replay/script_reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>

#include "replay/script_text.hpp"
#include "replay/temporary_file.hpp"

namespace rollcall::replay {
namespace {

using test::header_line;
using test::reading_error;
using test::step_error;

void expect_begins(const std::string& text, const std::string& beginning) {
  EXPECT_TRUE(text.starts_with(beginning)) << text << "\nshould begin with\n" << beginning;
}

TEST(ScriptReader, GivesTheHeaderAndThenTheSteps) {
  ScriptReader reader("dir/s.jsonl",
                      test::memory_source("\xEF\xBB\xBF# a comment\n"
                                          "\n"
                                          "  \t\r\n"
                                          R"({"rollcall": 1, "title": "t", "seed": 18446744073709551615,)"
                                          R"( "timeout": "250ms", "variables": {"a b": "c"}, "csv": "x.csv"})"
                                          "\n"
                                          R"({"join": "ana"})"
                                          "\r\n  # another\n"
                                          R"({"leave": "ana"})"));
  const Header& header = reader.header();
  EXPECT_EQ(header.title, "t");
  EXPECT_EQ(header.seed, UINT64_MAX);
  EXPECT_EQ(header.timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(header.variables.at("a b"), "c");
  EXPECT_EQ(reader.csv_path(), "dir/x.csv");
  const auto join = reader.next();
  ASSERT_TRUE(join);
  EXPECT_EQ(join->kind, Step::Kind::join);
  EXPECT_EQ(join->line, 5U);
  const auto leave = reader.next();
  ASSERT_TRUE(leave);
  EXPECT_EQ(leave->kind, Step::Kind::leave);
  EXPECT_EQ(leave->line, 7U);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.next());
}

TEST(ScriptReader, SaysWhatIsWrongWithTheBeginning) {
  expect_begins(reading_error(""), "s.jsonl: the script is empty");
  expect_begins(reading_error("\n# only a comment\n"), "s.jsonl: the script is empty");
  expect_begins(reading_error("{\"join\": \"ana\"}"), "s.jsonl:1: the header is missing: ");
  expect_begins(reading_error("#\n[1]"), "s.jsonl:2: this is JSON, but an array: a line is one object");
  expect_begins(reading_error("7"), "s.jsonl:1: this is JSON, but a number: ");
  expect_begins(reading_error("{\"rollcall\": 2}"), "s.jsonl:1: version 2 of the format is not known: 1 is");
  expect_begins(reading_error("{\"rollcall\": \"1\"}"), "s.jsonl:1: \"rollcall\" is \"1\": a whole number ");
  expect_begins(reading_error("{\"rollcall\": 1, \"sede\": 1}"),
                "s.jsonl:1: unknown key \"sede\" in the header: did you mean \"seed\"?");
  expect_begins(reading_error("{\"rollcall\": 1, \"variables\": {\"n\": \"1\"}}"),
                "s.jsonl:1: \"n\" is a variable already");
  expect_begins(reading_error("{\"rollcall\": 1, \"variables\": {\"a\": 1}}"),
                "s.jsonl:1: the variable \"a\" is number: text in double quotes");
  expect_begins(step_error("{\"rollcall\": 1}"), "s.jsonl:2: a second header");
}

TEST(ScriptReader, SaysWhatIsWrongWithALine) {
  expect_begins(step_error("join ana"), "s.jsonl:2: this is no JSON at byte 1: ");
  expect_begins(step_error("{\"join\": \"ana\""), "s.jsonl:2: this is no JSON at byte ");
  expect_begins(step_error("{\"join\": \"ana\"} {}"), "s.jsonl:2: this is no JSON at byte ");
  expect_begins(step_error("{\"join\": \"ana\", \"join\": \"bia\"}"), "s.jsonl:2: \"join\" is given twice");
  EXPECT_NE(step_error("{\"join\": \"\xff\"}").find("ill-formed UTF-8"), std::string::npos);
  expect_begins(step_error("{\"join\": \"ana\", \"at\": " + std::string(100'000, '[')),
                "s.jsonl:2: nested deeper than");
}

TEST(ScriptReader, MessagesAreHarmlessAndShort) {
  const std::string error = step_error("{\"\x1b]0;\\u001b[2J" + std::string(100'000, 'x') + "\": 1}");
  EXPECT_EQ(error.find('\x1b'), std::string::npos);
  EXPECT_LT(error.size(), 2000U);
}

TEST(ScriptReader, NamesAFileThatCannotBeRead) {
  for (const char* file : {"/nowhere/s.jsonl", "/"}) {
    const std::string error = test::script_error([&] { ScriptReader reader(file); });
    expect_begins(error, file);
  }
}

TEST(ScriptReader, ALineOf100MegabytesIsRefusedWithoutBeingKept) {
  const test::TemporaryFile file(header_line + "# the line after this one is too long\n{\"join\": \"");
  const std::string piece(std::size_t{1} << 20U, 'x');
  for (int i = 0; i < 100; ++i) file.append(piece);
  file.append("\"}\n");
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  ScriptReader reader(file.path());
  const std::string error = test::script_error([&] { (void)reader.next(); });
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(error, file.path() + ":3: the line is too long: 16 MiB are allowed");
  // ThreadSanitizer keeps up to four bytes of its own for each; 100 MB would still be more.
#ifdef __SANITIZE_THREAD__
  constexpr long factor = 5;
#else
  constexpr long factor = 1;
#endif
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, factor * 80 * 1024) << "KiB more than before";
}

TEST(ScriptReader, ALineOf16MebibytesIsFine) {
  const std::string text(script_line_bytes_max - 100, 'x');
  EXPECT_EQ(test::read_step(R"({"send": "ana", "text": ")" + text + "\"}").text.constant_bytes(), text.size());
}

TEST(ScriptReader, ALineOfManyValuesIsRefused) {
  std::string values;
  for (std::size_t i = 0; i < 2'000'000; ++i) values += "0,";
  expect_begins(step_error("{\"repeat\": 1, \"steps\": [" + values + "0]}"), "s.jsonl:2: more than 1000000 values");
}

RC_GTEST_PROP(ScriptReader, AnyBytesAreStepsOrAnError, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  const std::string error = reading_error((*rc::gen::arbitrary<bool>() ? header_line : "") + bytes);
  RC_ASSERT(error.empty() || error.starts_with("s.jsonl:"));
}

RC_GTEST_PROP(ScriptReader, AnyChangeOfAScriptIsStepsOrAnError, ()) {
  std::string text = header_line +
                     R"({"join": "bia*", "number": 3, "ramp": "1s"})"
                     "\n"
                     R"({"repeat": 3, "steps": [{"send": "bia*", "text": "{n}", "expect": {"matches": "^H"}}]})";
  for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
    const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
    if (*rc::gen::arbitrary<bool>()) {
      text[place] = *rc::gen::arbitrary<char>();
    } else {
      text.erase(place, *rc::gen::inRange<std::size_t>(1, 4));
    }
    if (text.empty()) break;
  }
  const std::string error = reading_error(text);
  RC_ASSERT(error.empty() || error.starts_with("s.jsonl:"));
}

}  // namespace
}  // namespace rollcall::replay
