// What a dry run prints, and that the scripts that come with rollcall are right: replay/dry_run.hpp.
#include "replay/dry_run.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "replay/script_text.hpp"

namespace rollcall::replay {
namespace {

std::string printed(ScriptReader& reader) {
  std::string out;
  const Values values(reader.header(), reader.csv_path(), reader.header().seed.value_or(1));
  dry_run(reader, values, [&](std::string_view line) { (out += line) += '\n'; });
  return out;
}
std::string printed(const std::string& script) {
  ScriptReader reader("s.jsonl", test::memory_source(script));
  return printed(reader);
}

TEST(DryRun, PrintsEachStepAndTheirSum) {
  const std::string script =
      R"({"rollcall": 1, "title": "all\u001b kinds"})"
      "\n"
      R"({"join": "ana", "name": "Ana"})"
      "\n"
      R"({"join": "bia*", "number": 100, "at": 0.5, "ramp": 2})"
      "\n"
      R"({"wait": {"count": 101}, "timeout": 5})"
      "\n"
      R"({"send": "bia*", "text": "{greeting}", "think": "20ms", "expect": {"count": 101, "matches": "x"}})"
      "\n"
      R"({"repeat": 10, "steps": [{"send": "ana", "hex": "00ff"}, {"send": "bia7", "text": "oi", "at": 1}]})"
      "\n"
      R"({"expect": "ana", "timeout": 1})"
      "\n"
      R"({"crash": "bia7"})"
      "\n"
      R"({"leave": "bia*", "ramp": 1})"
      "\n";
  std::string known = script;
  known.replace(known.find("{greeting}"), 10, "{client}!!");
  EXPECT_EQ(printed(known), R"(all\u{1B} kinds
  line            time  step
     2                  join ana, named "Ana"
     3          500 ms  join bia1 … bia100 (100 clients) over 2 s
     4                  wait until all of it is done and the count is 101, 5 s at most
     5     think 20 ms  send bia1 … bia100 (100 clients): "{client}!!", expect what matches "x" and count 101
     6                  repeat 10 times:
     6                    send ana: 2 bytes
     6             1 s    send bia7: "oi"
     7                  ana: expect any reply within 1 s
     8                  crash bia7
     9                  leave bia1 … bia100 (99 clients) over 1 s
10 steps, 101 joins (101 at most at a time), 120 requests, 101 expectations; 99 goodbyes and 1 crash
11.5 s by its times and ramps; thinking, waiting and answers come on top; seed 1
)");
  EXPECT_THROW((void)printed(script), ScriptError);
}

TEST(DryRun, ALongScriptIsCut) {
  std::string script = test::header_line + "{\"join\": \"a\"}\n";
  for (int i = 0; i < 5000; ++i) script += "{\"send\": \"a\", \"text\": \"\"}\n";
  const std::string out = printed(script);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1000 + 5);
  EXPECT_NE(out.find("\nand 4,001 steps more\n5,001 steps, "), std::string::npos) << out.substr(out.size() - 300);
}

TEST(DryRun, TheScriptsThatComeWithRollcallAreRight) {
  std::size_t scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(ROLLCALL_SCRIPTS)) {
    if (entry.path().extension() != ".jsonl") continue;
    ++scripts;
    ScriptReader reader(entry.path().string());
    EXPECT_EQ(test::script_error([&] { (void)printed(reader); }), "");
  }
  EXPECT_EQ(scripts, 6U);
}

}  // namespace
}  // namespace rollcall::replay
