// One object to a step: replay/step_parser.hpp, by way of the reader, as players get it.
#include "replay/step_parser.hpp"

#include <gtest/gtest.h>

#include "replay/duration_text.hpp"
#include "replay/script_text.hpp"

namespace rollcall::replay {
namespace {

using namespace std::chrono_literals;
using test::read_step;
using test::step_error;
using Kind = Step::Kind;

/// What is wrong with a step that stands in line 2, without that place.
std::string fault(const std::string& line) {
  const std::string error = step_error(line);
  EXPECT_TRUE(error.starts_with("s.jsonl:2: ")) << error << " for " << line;
  return error.substr(std::min(error.size(), std::string("s.jsonl:2: ").size()));
}

TEST(StepParser, Join) {
  const Step one = read_step(R"({"join": "ana", "at": 0.5})");
  EXPECT_EQ(one.kind, Kind::join);
  EXPECT_EQ(one.client, "ana");
  EXPECT_EQ(one.number, 1U);
  EXPECT_EQ(one.at, 500ms);
  EXPECT_FALSE(one.label);
  const Step many = read_step(R"({"join": "bia*", "number": 100, "ramp": 2, "name": "Bia {n}"})");
  EXPECT_EQ(many.number, 100U);
  EXPECT_EQ(many.ramp, 2s);
  EXPECT_FALSE(many.at);
  EXPECT_EQ(many.label->source(), "Bia {n}");
}

TEST(StepParser, Send) {
  const Step text =
      read_step(R"({"send": "ana", "text": "oi", "think": "20ms", "expect": {"count": 0, "timeout": 2}})");
  EXPECT_EQ(text.kind, Kind::send);
  EXPECT_EQ(text.text.source(), "oi");
  EXPECT_EQ(text.think, 20ms);
  EXPECT_EQ(text.expectation->count, 0U);
  EXPECT_EQ(text.expectation->timeout, 2s);
  EXPECT_EQ(text.expectation->line, 2U);
  const Step bytes = read_step(R"({"send": "ana", "hex": "00 fF7b"})");
  EXPECT_TRUE(bytes.is_bytes);
  EXPECT_TRUE(bytes.text.is_constant());
  EXPECT_EQ(bytes.text.pieces().at(0).text, std::string("\0\xff{", 3));
  EXPECT_FALSE(bytes.expectation);
  EXPECT_TRUE(read_step(R"({"send": "ana", "text": ""})").text.pieces().empty());
}

TEST(StepParser, Expect) {
  const Step step = read_step(R"({"expect": "ana", "matches": "^H.*\\d$", "text": "{count}", "count": 4294967295})");
  EXPECT_EQ(step.kind, Kind::expect);
  EXPECT_EQ(step.expectation->pattern, "^H.*\\d$");
  EXPECT_TRUE(step.expectation->compiled);
  EXPECT_EQ(step.expectation->text->source(), "{count}");
  EXPECT_EQ(step.expectation->count, UINT32_MAX);
  EXPECT_EQ(read_step(R"({"expect": "ana", "error": "busy", "text": "t"})").expectation->error, "busy");
  EXPECT_EQ(read_step(R"({"expect": "ana", "error": "unknown"})").expectation->error, "unknown");
  EXPECT_EQ(read_step(R"({"expect": "ana", "hex": ""})").expectation->bytes, "");
}

TEST(StepParser, LeaveCrashAndWait) {
  EXPECT_EQ(read_step(R"({"leave": "bia*", "ramp": 1})").ramp, 1s);
  EXPECT_EQ(read_step(R"({"crash": "ana", "think": 1})").think, 1s);
  const Step wait = read_step(R"({"wait": {"count": 3}, "timeout": 5, "at": 1})");
  EXPECT_EQ(wait.kind, Kind::wait);
  EXPECT_EQ(wait.count, 3U);
  EXPECT_EQ(wait.timeout, 5s);
  EXPECT_FALSE(read_step(R"({"wait": {}})").count);
}

TEST(StepParser, Repeat) {
  const Step step = read_step(R"({"repeat": 3, "at": 9, "steps": [{"join": "a", "at": 1}, {"leave": "a", "at": 2}]})");
  EXPECT_EQ(step.kind, Kind::repeat);
  EXPECT_EQ(step.times, 3U);
  ASSERT_EQ(step.steps.size(), 2U);
  EXPECT_EQ(step.steps[1].kind, Kind::leave);
  EXPECT_EQ(step.steps[1].line, 2U);
}

std::string nested(int depth) {
  std::string text = R"({"wait": {}})";
  for (int i = 0; i < depth; ++i) text = R"({"repeat": 1, "steps": [)" + text + "]}";
  return text;
}

TEST(StepParser, RepeatsNestEightDeep) {
  EXPECT_EQ(step_error(nested(8)), "");
  EXPECT_NE(fault(nested(9)).find("repeats are nested deeper than 8"), std::string::npos);
  EXPECT_NE(fault(nested(1000)).find("nested deeper than"), std::string::npos);
}

TEST(StepParser, SaysWhichWordWasMeant) {
  EXPECT_EQ(fault(R"({"send": "ana", "txt": "oi"})"), "unknown key \"txt\" in a send: did you mean \"text\"?");
  EXPECT_EQ(fault(R"({"jion": "ana"})"), "unknown key \"jion\": did you mean \"join\"?");
  EXPECT_EQ(fault(R"({"send": "ana", "text": "", "expect": {"mathces": "x"}})"),
            "unknown key \"mathces\" in what is expected: did you mean \"matches\"?");
  EXPECT_EQ(fault(R"({"expect": "ana", "error": "bussy"})"), "\"error\" is \"bussy\": did you mean \"busy\"?");
  EXPECT_EQ(fault(R"({"leave": "ana", "number": 3})"),
            "unknown key \"number\" in a leave: a leave may have leave, at, think, ramp");
  EXPECT_EQ(fault(R"({"repeat": 1, "steps": [{"wait": {}}, {"snd": "ana"}]})"),
            "step 2 of the repeat: unknown key \"snd\": did you mean \"send\"?");
}

TEST(StepParser, SaysWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {R"({})", "the step does not say what to do: one of join, send, "},
      {R"({"join": "a", "leave": "b"})", "\"join\" and \"leave\" in one step: "},
      {R"({"join": 7})", "\"join\" is 7: text in double quotes"},
      {R"({"join": null})", "\"join\" is null: text"},
      {R"({"join": ""})", "\"join\" needs a client's name"},
      {R"({"join": "b*a"})", "\"b*a\" is no client: "},
      {R"({"join": "*", "number": 3})", "\"*\" is no client: "},
      {R"({"join": "bia*"})", "\"bia*\" is several clients: \"number\""},
      {R"({"join": "bia", "number": 3})", "\"number\" is for several clients: \"bia*\""},
      {R"({"join": "bia*", "number": 0})", "\"number\" is 0: a whole number from 1 to 1000000"},
      {R"({"join": "bia*", "number": 1.5})", "\"number\" is 1.5: a whole number"},
      {R"({"join": "bia*", "number": -1})", "\"number\" is -1: a whole number"},
      {R"({"join": "a", "ramp": 1})", "\"ramp\" is for several clients: "},
      {R"({"join": "a", "name": "{count}"})", "\"name\": {count} is the reply's: "},
      {R"({"join": "a", "name": ")" + std::string(129, 'x') + "\"}", "\"name\" is longer than the 128 bytes"},
      {R"({"join": "a", "think": 1})", "unknown key \"think\" in a join"},
      {R"({"send": "a"})", "the send does not say what to send"},
      {R"({"send": "a", "text": "", "hex": ""})", "\"text\" and \"hex\" in a send"},
      {R"({"send": "a", "hex": "0"})", "\"hex\" has an odd number"},
      {R"({"send": "a", "hex": "0g"})", "\"hex\" has something else than"},
      {R"({"send": "a", "text": "", "at": 1, "think": 1})", "\"at\" and \"think\" in a send"},
      {R"({"send": "a", "text": "", "expect": 3})", "\"expect\" is 3: an object"},
      {R"({"send": "a", "text": "{"})", "\"text\": a brace stands alone"},
      {R"({"send": "a", "text": "{random:6-1}"})", "\"text\": {random:6-1} is no variable: "},
      {"{\"expect\": \"a\", \"matches\": \"(\"}", "\"matches\" is no regular expression (RE2 syntax): missing ): "},
      {"{\"expect\": \"a\", \"matches\": \"(?=a)\"}", "\"matches\" is no regular expression"},
      {R"({"expect": "a", "error": "busy", "count": 1})", "\"error\" and \"count\" in an expect"},
      {R"({"expect": "a", "error": "unknown", "text": ""})", "\"unknown\" has no text"},
      {R"({"expect": "a", "error": "BUSY"})", "\"error\" is \"BUSY\": did you mean \"busy\"?"},
      {R"({"wait": 3})", "\"wait\" is 3: an object"},
      {R"({"wait": {"count": -1}})", "\"count\" is -1: a whole number"},
      {R"({"repeat": 2})", "\"steps\" of the repeat are missing"},
      {R"({"repeat": 2, "steps": []})", "\"steps\" of the repeat are missing"},
      {R"({"repeat": 2, "steps": [1]})", "step 1 of the repeat: number is no step"},
      {R"({"repeat": 0, "steps": [{"wait": {}}]})", "\"repeat\" is 0: a whole number from 1"},
      {R"({"join": "a", "at": -1})", "\"at\" is -1: a time from 0"},
      {R"({"join": "a", "at": 1e300})", "\"at\" is 1e+300: a time from 0 to"},
      {R"({"join": "a", "at": "soon"})", "\"at\" is \"soon\", which is no time: "},
      {R"({"join": "a", "at": "nan"})", "\"at\" is \"nan\", which is no time: "},
      {R"({"join": "a", "at": "1h"})", "\"at\" is \"1h\", which is no time: "},
      {R"({"join": "a", "at": true})", "\"at\" is \"boolean\", which is no time: "},
  };
  for (const auto& [line, beginning] : faults) {
    const std::string text = fault(line);
    EXPECT_TRUE(text.starts_with(beginning)) << line << "\n" << text << "\nshould begin with\n" << beginning;
  }
}

TEST(StepParser, TimesDoNotGoBack) {
  const auto script = [](const std::string& lines) { return test::reading_error(test::header_line + lines); };
  EXPECT_EQ(script("{\"join\": \"a\", \"at\": 1}\n{\"join\": \"b\", \"at\": 1}\n{\"join\": \"c\"}"), "");
  EXPECT_EQ(script("{\"join\": \"a\", \"at\": 1}\n{\"wait\": {}}\n{\"join\": \"b\", \"at\": \"900ms\"}"),
            "s.jsonl:4: \"at\" goes back, from 1 s to 900 ms: steps are in the order of their times");
  // A repeat has a time of its own, which begins anew.
  EXPECT_EQ(script(R"({"repeat": 2, "at": 5, "steps": [{"join": "a", "at": 1}, {"leave": "a", "at": 2}]})"), "");
  EXPECT_EQ(
      script(R"({"repeat": 2, "steps": [{"join": "a", "at": 2}, {"leave": "a", "at": 1}]})"),
      "s.jsonl:2: step 2 of the repeat: \"at\" goes back, from 2 s to 1 s: steps are in the order of their times");
}

TEST(DurationText, UnitsAndTheWayBack) {
  const std::vector<std::pair<std::string, Duration>> texts = {
      {"0", 0s}, {"1.5", 1500ms}, {"1.5s", 1500ms}, {"1.5 s", 1500ms}, {"250ms", 250ms}, {"10us", 10us}, {"2m", 120s}};
  for (const auto& [text, duration] : texts) EXPECT_EQ(parse_duration(text, "at"), duration) << text;
  EXPECT_EQ(parse_duration(3, "at"), 3s);
  EXPECT_EQ(parse_duration(0.0000001, "at"), 100ns);
  EXPECT_EQ(duration_text(1500ms), "1.5 s");
  EXPECT_EQ(duration_text(20ms), "20 ms");
  EXPECT_EQ(duration_text(0s), "0 s");
  EXPECT_EQ(duration_text(10us), "10 µs");
}

}  // namespace
}  // namespace rollcall::replay
