// What a whole script may not do, and what it takes: replay/checker.hpp.
#include "replay/checker.hpp"

#include <gtest/gtest.h>

#include "replay/script_text.hpp"
#include "replay/temporary_file.hpp"

namespace rollcall::replay {
namespace {

using test::checked;
using test::checking_error;

std::string join(const std::string& who, int number = 0) {
  return R"({"join": ")" + who + "\"" + (number > 0 ? ", \"number\": " + std::to_string(number) : "") + "}\n";
}
std::string leave(const std::string& who) { return R"({"leave": ")" + who + "\"}\n"; }
std::string send(const std::string& who) { return R"({"send": ")" + who + "\", \"text\": \"\"}\n"; }
std::string expect(const std::string& who) { return R"({"expect": ")" + who + "\"}\n"; }
/// Steps of the kind above as one repeat.
std::string repeat(int times, std::string steps) {
  steps.pop_back();
  for (std::size_t at = 0; (at = steps.find('\n', at)) != std::string::npos;) steps.replace(at, 1, ", ");
  return "{\"repeat\": " + std::to_string(times) + ", \"steps\": [" + steps + "]}\n";
}

void expect_fine(const std::string& lines) { EXPECT_EQ(checking_error(lines), "") << lines; }
void expect_error(const std::string& lines, const std::string& beginning) {
  const std::string error = checking_error(lines);
  EXPECT_TRUE(error.starts_with("s.jsonl:" + beginning)) << lines << error << "\nshould begin with " << beginning;
}

TEST(Checker, ANameMayJoinAgainOnceItIsGone) {
  expect_fine(join("ana") + leave("ana") + join("ana"));
  expect_fine(join("ana") + "{\"crash\": \"ana\"}\n" + join("ana"));
  expect_fine(join("b*", 3) + leave("b*") + join("b*", 5) + leave("b2") + join("b2"));
  expect_error(join("ana") + join("ana"), "3: \"ana\" is there already, since line 2: ");
  expect_error(join("b*", 3) + join("b*", 3), "3: \"b*\" is there already");
}

TEST(Checker, NamesOfAPatternAreNames) {
  expect_error(join("b*", 20) + join("b7"), "3: \"b7\" is there already as one of \"b*\", since line 2: ");
  expect_error(join("b7") + join("b*", 20), "3: \"b7\" is there already, since line 2: ");
  expect_error(join("b*", 20) + join("b1*", 3), "3: \"b11\" is there already as one of \"b*\"");
  expect_error(join("b1*", 3) + join("b*", 20), "3: \"b11\" is there already as one of \"b1*\"");
  expect_fine(join("b*", 10) + join("b1*", 3));
  expect_fine(join("b*", 20) + join("b21") + join("b07") + join("b0") + join("bx") + join("b7x*", 3));
  expect_fine(join("b*", 20) + leave("b7") + join("b7"));
}

TEST(Checker, WhoIsNotThereDoesNothing) {
  expect_error(send("ana"), "2: \"ana\" is not there, it has not joined or has left: a join before");
  expect_error(expect("ana"), "2: \"ana\" is not there");
  expect_error(leave("ana"), "2: \"ana\" is not there");
  expect_error(join("caio") + send("ciao"),
               "3: \"ciao\" is not there, it has not joined or has left: did you mean \"caio\"?");
  expect_error(join("ana") + leave("ana") + send("ana"), "4: \"ana\" is not there");
  expect_error(join("b*", 3) + leave("b2") + send("b2"), "4: \"b2\" is not there");
  expect_error(join("b*", 3) + send("b4"), "3: \"b4\" is not there");
  expect_error(join("b*", 2) + leave("b1") + leave("b2") + send("b*"), "5: \"b*\" is not there");
  expect_error(join("b7") + send("b*"), "3: \"b*\" is not there");
}

TEST(Checker, AnExpectNeedsARequest) {
  expect_fine(join("a") + send("a") + send("a") + expect("a") + expect("a"));
  expect_error(join("a") + expect("a"), "3: there is no request of \"a\" that nothing was expected of yet");
  expect_error(join("a") + send("a") + expect("a") + expect("a"), "5: there is no request");
  expect_error(join("a") + "{\"send\": \"a\", \"text\": \"\", \"expect\": {}}\n" + expect("a"),
               "4: there is no request");
  expect_error(join("a") + send("a") + leave("a") + join("a") + expect("a"), "6: there is no request");
}

TEST(Checker, PatternsAndTheirMembersShareRequests) {
  expect_fine(join("b*", 3) + send("b*") + expect("b2") + expect("b1") + expect("b3"));
  expect_fine(join("b*", 2) + send("b1") + send("b2") + expect("b*"));
  expect_error(join("b*", 3) + send("b1") + expect("b*"), "4: there is no request of \"b*\"");
  expect_error(join("b*", 3) + send("b*") + expect("b2") + expect("b*"), "5: there is no request of \"b*\"");
  expect_fine(join("b*", 3) + send("b*") + expect("b2") + leave("b2") + expect("b*"));
}

TEST(Checker, ARoundIsPossibleAfterItself) {
  expect_fine(repeat(3, join("a") + leave("a")));
  expect_fine(join("a") + repeat(3, leave("a") + join("a")));
  expect_fine(repeat(1, join("a")));
  expect_error(repeat(2, join("a")), "2: in a later round of the repeat: \"a\" is there already");
  expect_error(join("a") + repeat(2, leave("a")), "3: in a later round of the repeat: \"a\" is not there");
  expect_error(join("b*", 3) + repeat(2, leave("b1")), "3: in a later round of the repeat: \"b1\" is not there");
}

TEST(Checker, ExpectationsOfRepeatsUseRequestsUp) {
  const std::string five = join("a") + repeat(5, send("a"));
  expect_fine(five + repeat(5, expect("a")));
  expect_error(five + repeat(6, expect("a")), "4: in a later round of the repeat: there is no request");
  expect_error(five + repeat(1'000'000'000, expect("a")), "4: in a later round of the repeat: there is no request");
  expect_fine(five + repeat(1000, expect("a") + send("a")) + repeat(5, expect("a")));
  expect_error(five + repeat(3, expect("a")) + repeat(3, expect("a")), "5: in a later round");
  expect_fine(five + repeat(3, expect("a")) + repeat(2, expect("a")));
  expect_fine(join("b*", 3) + repeat(4, send("b2") + send("b*")) + repeat(8, expect("b2")) + expect("b1"));
  expect_error(join("b*", 3) + repeat(4, send("b2") + send("b*")) + repeat(9, expect("b2")), "4: in a later round");
}

TEST(Checker, VariablesAreKnown) {
  const std::string header = "{\"rollcall\": 1, \"variables\": {\"greeting\": \"Oi\"}}\n";
  const auto text = [&](const std::string& source) {
    return checking_error(join("a") + R"({"send": "a", "text": ")" + source + "\"}\n", header);
  };
  EXPECT_EQ(text("{greeting} {client} {n} {round} {random} {random:1-6}"), "");
  EXPECT_EQ(text("{greting}"), "s.jsonl:3: {greting} is no variable: did you mean \"greeting\"?");
  EXPECT_TRUE(text("{zzzzzz}").starts_with("s.jsonl:3: {zzzzzz} is no variable: those are the header's"));
  EXPECT_TRUE(checking_error(
                  repeat(2, join("a") + R"({"send": "a", "text": "", "expect": {"text": "{x}"}})" + "\n" + leave("a")))
                  .starts_with("s.jsonl:2: {x} is no variable"));
  EXPECT_TRUE(checking_error(R"({"join": "a", "name": "{x}"})").starts_with("s.jsonl:2: {x} is no variable"));
}

TEST(Checker, ColumnsOfTheCsvFileAreVariables) {
  const test::TemporaryFile csv("who,city\nAna,Recife\n", ".csv");
  const std::string header = "{\"rollcall\": 1, \"csv\": \"" + csv.path() + "\"}\n";
  EXPECT_EQ(checking_error(R"({"join": "a", "name": "{who}"})", header), "");
  EXPECT_EQ(checking_error(R"({"join": "a", "name": "{cty}"})", header),
            "s.jsonl:2: {cty} is no variable: did you mean \"city\"?");
}

// SCRIPT.md, section 7.
TEST(Checker, ARecordingIsAScript) {
  const Summary sum = checked(R"(# 3 messages were dropped: the disk was too slow
{"join": "c1", "name": "{{ana}}", "at": 0.1}
{"wait": {"count": 1}}
{"send": "c1", "at": 0.2, "text": "{{\"json\": 1}}"}
{"send": "c1", "at": 0.2, "hex": "00ff"}
{"expect": "c1", "text": "Hello, {{Client}}! 1", "count": 1}
{"expect": "c1", "hex": "ff", "count": 1, "at": 0.3}
{"wait": {"count": 1}}
{"join": "c2", "name": "", "at": 0.4}
{"wait": {"count": 2}}
{"crash": "c1", "at": 0.5}
{"wait": {"count": 1}}
{"leave": "c2", "at": 0.6}
{"wait": {"count": 0}}
)",
                              "{\"rollcall\": 1, \"title\": \"recorded\"}\n");
  EXPECT_EQ(sum.requests, 2U);
  EXPECT_EQ(sum.presence_changes(), 4U);
  EXPECT_DOUBLE_EQ(sum.planned_s, 0.6);
}

TEST(Checker, TellsWhatAScriptTakes) {
  const Summary sum =
      checked(join("ana") + R"({"join": "b*", "number": 100, "at": 1, "ramp": 2})" + "\n" + leave("b7") +
              repeat(10, send("b*") + R"({"send": "ana", "text": "", "at": 3, "expect": {}})" + "\n" + join("c") +
                             "{\"crash\": \"c\"}\n") +
              leave("b*"));
  EXPECT_EQ(sum.steps, 9U);
  EXPECT_EQ(sum.joins, 111U);
  EXPECT_EQ(sum.leaves, 100U);
  EXPECT_EQ(sum.crashes, 10U);
  EXPECT_EQ(sum.clients_most, 101U);
  EXPECT_EQ(sum.clients_left, 1U);
  EXPECT_EQ(sum.requests, 10U * (99 + 1));
  EXPECT_EQ(sum.expectations, 10U);
  EXPECT_DOUBLE_EQ(sum.planned_s, 1 + 10 * 3);
}

TEST(Checker, MuchIsCountedInLittleTime) {
  std::string steps = R"({"send": "b*", "text": ""})";
  for (int depth = 0; depth < 8; ++depth) steps = R"({"repeat": 1000000000, "steps": [)" + steps + "]}";
  EXPECT_EQ(checked(join("b*", 1'000'000) + steps).requests, UINT64_MAX);
  const Summary sum = checked(join("b*", 1000) + repeat(1'000'000, send("b*") + expect("b*")));
  EXPECT_EQ(sum.requests, 1'000'000'000U);
  EXPECT_EQ(sum.expectations, 1'000'000'000U);
}

}  // namespace
}  // namespace rollcall::replay
