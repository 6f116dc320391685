// Does an outcome meet what is expected? replay/expectation.hpp.
#include "replay/expectation.hpp"

#include <gtest/gtest.h>

#include "replay/script_text.hpp"

namespace rollcall::replay {
namespace {

using core::ClientOutcome;
using Kind = ClientOutcome::Kind;

ClientOutcome reply(std::string text, std::uint32_t count = 3) { return {Kind::reply, 1, std::move(text), count, 9}; }
ClientOutcome error(wire::ErrorCode code, std::string text) { return {Kind::error, 1, std::move(text), 0, 0, code}; }
const ClientOutcome unknown{};

Expectation expectation(const std::string& keys) {
  return *test::read_step(R"({"expect": "ana")" + (keys.empty() ? "" : ", " + keys) + "}").expectation;
}
/// "" when it is met, else what was expected and what came.
std::string verdict(const std::string& keys, const ClientOutcome& outcome) {
  const auto mismatch = compare(expectation(keys), outcome, Values({}, "", 1), {.client = "ana", .request = 1});
  return mismatch ? mismatch->expected + " | " + mismatch->got : "";
}

TEST(Expectation, NothingSpecialIsAnyReply) {
  EXPECT_EQ(verdict("", reply("")), "");
  EXPECT_EQ(verdict("", error(wire::ErrorCode::busy, "w")), "a reply | error busy: \"w\"");
  EXPECT_EQ(verdict("", unknown), "a reply | unknown: the connection was lost before an answer came");
}

TEST(Expectation, TextIsExact) {
  EXPECT_EQ(verdict(R"("text": "Hi {client}: {count}")", reply("Hi ana: 3")), "");
  EXPECT_EQ(verdict(R"("text": "Hi {client}: {count}")", reply("Hi ana: 4")),
            "text \"Hi ana: 3\" | reply \"Hi ana: 4\" (count 3)");
  EXPECT_EQ(verdict(R"("text": "")", reply("a\nb")), "text \"\" | reply \"a\\u{A}b\" (count 3)");
  EXPECT_EQ(verdict(R"("text": "x{count}")", unknown),
            "a reply with text \"x{count}\" | unknown: the connection was lost before an answer came");
}

TEST(Expectation, ExpectedRandomNumbersAreThoseOfTheRequest) {
  const Values values({}, "", 5);
  const Moment moment{.client = "ana", .request = 4};
  const std::string sent = values.render(TextTemplate::parse("{random}", false), moment);
  EXPECT_FALSE(compare(expectation(R"("text": "You said {random}")"), reply("You said " + sent), values, moment));
}

TEST(Expectation, BytesAndCount) {
  EXPECT_EQ(verdict(R"("hex": "00ff")", reply(std::string("\0\xff", 2))), "");
  EXPECT_EQ(verdict(R"("hex": "00ff", "count": 3)", reply("a")), "bytes 00ff | reply 61 (count 3)");
  EXPECT_EQ(verdict(R"("count": 3)", reply("a")), "");
  EXPECT_EQ(verdict(R"("count": 4)", reply("a")), "count 4 | reply \"a\" (count 3)");
  EXPECT_EQ(verdict(R"("count": 2)", reply("a")), "count 2 | reply \"a\" (count 3)");
}

TEST(Expectation, PatternsMatchAnywhere) {
  EXPECT_EQ(verdict(R"("matches": "b+")", reply("abc")), "");
  EXPECT_EQ(verdict(R"("matches": "^b")", reply("abc")), "text that matches \"^b\" | reply \"abc\" (count 3)");
  EXPECT_EQ(verdict(R"("matches": "ç.es: \\d+$")", reply("Conexões, ações: 12")), "");
}

TEST(Expectation, EveryPartHasToHold) {
  EXPECT_EQ(verdict(R"("text": "a", "matches": "b", "count": 4)", reply("c")),
            "text \"a\" and text that matches \"b\" and count 4 | reply \"c\" (count 3)");
  EXPECT_EQ(verdict(R"("text": "a", "matches": "a", "count": 4)", reply("a")), "count 4 | reply \"a\" (count 3)");
}

TEST(Expectation, Errors) {
  EXPECT_EQ(verdict(R"("error": "busy")", error(wire::ErrorCode::busy, "w")), "");
  EXPECT_EQ(verdict(R"("error": "busy", "matches": "256")", error(wire::ErrorCode::busy, "at most 256")), "");
  EXPECT_EQ(verdict(R"("error": "busy", "text": "x")", error(wire::ErrorCode::busy, "y")),
            "text \"x\" | error busy: \"y\"");
  EXPECT_EQ(verdict(R"("error": "busy")", error(wire::ErrorCode::queue_full, "q")),
            "error busy | error queue_full: \"q\"");
  EXPECT_EQ(verdict(R"("error": "busy")", reply("r")), "error busy | reply \"r\" (count 3)");
  EXPECT_EQ(verdict(R"("error": "unknown")", unknown), "");
  EXPECT_EQ(verdict(R"("error": "unknown")", reply("r")), "unknown | reply \"r\" (count 3)");
}

TEST(Expectation, WhatComesIsCutAndHarmless) {
  const std::string text = verdict(R"("text": "x")", reply("\x1b[2J" + std::string(1'000'000, 'y')));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.size(), 400U);
}

TEST(Expectation, ADifferenceFarBackIsShown) {
  const std::string same(5000, 'x');
  const std::string text = verdict(R"("text": ")" + same + "é1\"", reply(same + "é2"));
  EXPECT_NE(text.find("xé1\" (from byte 4"), std::string::npos) << text;
  EXPECT_NE(text.find("xé2\" (from byte 4"), std::string::npos) << text;
}

// std::regex takes exponential time for the one and overflows the stack for the other.
TEST(Expectation, HostileRepliesTakeLinearTime) {
  const std::string text(std::size_t{4} << 20U, 'a');
  EXPECT_NE(verdict(R"("matches": "^(a+)+$")", reply(text + "!")), "");
  EXPECT_EQ(verdict(R"("matches": "(a|b)*c?$")", reply(text)), "");
}

TEST(Expectation, NothingInTime) {
  const Mismatch none =
      missing(expectation(R"("text": "x", "count": 3)"), std::chrono::seconds(2), Values({}, "", 1), {});
  EXPECT_EQ(none.expected, "a reply with text \"x\" and count 3");
  EXPECT_EQ(none.got, "nothing in 2 s");
}

}  // namespace
}  // namespace rollcall::replay
