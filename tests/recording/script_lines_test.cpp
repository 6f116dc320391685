#include "common/script_lines.hpp"

#include <gtest/gtest.h>

namespace rollcall::tools::script {
namespace {

using namespace std::chrono_literals;

template <typename Write, typename... Arguments>
std::string line(Write write, const Arguments&... arguments) {
  std::string out;
  write(arguments..., out);
  return out;
}

TEST(ScriptLines, Steps) {
  EXPECT_EQ(line(header, "a \"title\" {x}"), "{\"rollcall\":1,\"title\":\"a \\\"title\\\" {x}\",\"timeout\":30}\n");
  EXPECT_EQ(line(comment, "why"), "# why\n");
  EXPECT_EQ(line(join, "c1", "c1", 0s), "{\"join\":\"c1\",\"at\":0.000000}\n");
  EXPECT_EQ(line(join, "c1", "ana {1}", 1500ms), "{\"join\":\"c1\",\"name\":\"ana {{1}}\",\"at\":1.500000}\n");
  EXPECT_EQ(line(leave, "c1", 61s + 2us), "{\"leave\":\"c1\",\"at\":61.000002}\n");
  EXPECT_EQ(line(crash, "c1", 1ns), "{\"crash\":\"c1\",\"at\":0.000000}\n");
  EXPECT_EQ(line(wait, 3U), "{\"wait\":{\"count\":3}}\n");
}

TEST(ScriptLines, MessagesAreTextOrBytes) {
  std::string out;
  send("c1", "oi {x}", 1s, out);
  send("c1", std::string_view("\x00\xff\x7f", 3), 1s, out);
  EXPECT_EQ(out,
            "{\"send\":\"c1\",\"at\":1.000000,\"text\":\"oi {{x}}\"}\n"
            "{\"send\":\"c1\",\"at\":1.000000,\"hex\":\"00ff7f\"}\n");
}

TEST(ScriptLines, Expectations) {
  EXPECT_EQ(line(expect, "c1", Reply{"{1}", 2, {}, {}}), "{\"expect\":\"c1\",\"text\":\"{{1}}\",\"count\":2}\n");
  EXPECT_EQ(line(expect, "c1", Reply{"\xff", 2, {}, {}}), "{\"expect\":\"c1\",\"hex\":\"ff\",\"count\":2}\n");
  EXPECT_EQ(line(expect, "c1", Reply{{}, 2, {}, 60s}), "{\"expect\":\"c1\",\"count\":2,\"timeout\":60}\n");
  EXPECT_EQ(line(expect, "c1", Reply{{}, {}, "HANDLER_FAILED", {}}),
            "{\"expect\":\"c1\",\"error\":\"handler_failed\"}\n");
  EXPECT_EQ(line(expect, "c1", Reply{}), "{\"expect\":\"c1\",\"matches\":\"\"}\n");
  std::string out;
  send("c1", "a", 0s, Reply{"b", 1, {}, {}}, out);
  EXPECT_EQ(out, "{\"send\":\"c1\",\"at\":0.000000,\"text\":\"a\",\"expect\":{\"text\":\"b\",\"count\":1}}\n");
}

TEST(ScriptLines, OnlySlowRepliesHaveATimeoutOfTheirOwn) {
  EXPECT_EQ(timeout_for(10s), std::nullopt);
  EXPECT_EQ(timeout_for(10s + 1ms), 33s);
}

}  // namespace
}  // namespace rollcall::tools::script
