#include "server/transcript.hpp"

#include <gtest/gtest.h>

#include "recording_folder.hpp"

namespace rollcall::tools {
namespace {

using namespace std::chrono_literals;
using Kind = RecordedStep::Kind;

class TranscriptTest : public ::testing::Test {
 protected:
  void joined(std::uint64_t client, std::string_view name = {}) {
    RecordedStep step = about(Kind::joined, client);
    step.name = name;
    step.count = ++count;
    transcript.take(step);
  }
  void left(std::uint64_t client, std::string_view reason) {
    RecordedStep step = about(Kind::left, client);
    step.reason = reason;
    step.count = --count;
    transcript.take(step);
  }
  void request(std::uint64_t client, std::uint64_t number, std::string_view text) {
    RecordedStep step = about(Kind::request, client, number);
    step.text = text;
    step.count = count;
    transcript.take(step);
  }
  void settled(std::uint64_t client, std::uint64_t number) { transcript.take(about(Kind::settled, client, number)); }
  void taken_back(std::uint64_t client, std::uint64_t number) {
    transcript.take(about(Kind::taken_back, client, number));
  }
  void reply(std::uint64_t client, std::uint64_t number, std::string_view text, std::uint32_t with_count,
             bool text_left_out = false) {
    RecordedStep step = about(Kind::reply, client, number);
    step.text = text;
    step.count = with_count;
    transcript.take(step, text_left_out);
  }
  void refused(std::uint64_t client, std::string_view reason) {
    RecordedStep step = about(Kind::refused, client);
    step.reason = reason;
    transcript.take(step);
  }
  /// The lines that are certain and were not looked at, without their times.
  std::string lines() {
    std::string kept;
    for (std::string_view rest = transcript.lines(); !rest.empty();) {
      const std::size_t at = rest.find(",\"at\":");
      kept += rest.substr(0, at);
      if (at == std::string_view::npos) break;
      rest.remove_prefix(at + 6);
      rest.remove_prefix(rest.find_first_not_of("0123456789."));
    }
    transcript.lines().clear();
    return kept;
  }

  std::chrono::nanoseconds now = 100s;
  std::uint32_t count = 0;
  Transcript transcript = [] {
    Transcript made("test");
    made.lines().clear();
    return made;
  }();

 private:
  RecordedStep about(Kind kind, std::uint64_t client, std::uint64_t number = 0) const {
    RecordedStep step;
    step.kind = kind;
    step.time = now;
    step.client = client;
    step.request = number;
    return step;
  }
};

TEST_F(TranscriptTest, BeginsWithTheHeader) {
  const std::string begin = "{\"rollcall\":1,\"title\":\"a title\",\"timeout\":30}\n";
  EXPECT_EQ(Transcript("a title").lines().substr(0, begin.size()), begin);
}

TEST_F(TranscriptTest, TimesCountFromTheFirstStep) {
  joined(7);
  now += 1500ms;
  request(7, 1, "oi");
  settled(7, 1);
  EXPECT_EQ(transcript.lines(),
            "{\"join\":\"c1\",\"name\":\"\",\"at\":0.000000}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"at\":1.500000,\"text\":\"oi\"}\n");
}

// Between messages and joins or leaves, in either order, the script waits until all before is done.
TEST_F(TranscriptTest, MessagesStandBetweenTheJoinsAndLeavesThatMadeTheirCount) {
  joined(7, "ana");
  joined(8, "bia");
  request(7, 1, "um");
  settled(7, 1);
  request(8, 2, "dois");
  settled(8, 2);
  reply(7, 1, "re: um", 2);
  reply(8, 2, "re: dois", 2);
  left(8, "goodbye");
  joined(9, "carla");
  left(9, "disconnected");
  request(7, 3, "tres");
  reply(7, 3, "re: tres", 1);
  transcript.end(false);
  EXPECT_EQ(test::without_comments(lines()),
            "{\"join\":\"c1\",\"name\":\"ana\"}\n"
            "{\"join\":\"c2\",\"name\":\"bia\"}\n"
            "{\"wait\":{\"count\":2}}\n"
            "{\"send\":\"c1\",\"text\":\"um\"}\n"
            "{\"send\":\"c2\",\"text\":\"dois\"}\n"
            "{\"expect\":\"c1\",\"text\":\"re: um\",\"count\":2}\n"
            "{\"expect\":\"c2\",\"text\":\"re: dois\",\"count\":2}\n"
            "{\"wait\":{\"count\":2}}\n"
            "{\"leave\":\"c2\"}\n"
            "{\"join\":\"c3\",\"name\":\"carla\"}\n"
            "{\"crash\":\"c3\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"text\":\"tres\"}\n"
            "{\"expect\":\"c1\",\"text\":\"re: tres\",\"count\":1}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"leave\":\"c1\"}\n");
}

TEST_F(TranscriptTest, AReplyMayComeAfterLaterJoins) {
  joined(7);
  request(7, 1, "slow");
  settled(7, 1);
  joined(8);
  now += 20s;
  reply(7, 1, "re", 1);
  EXPECT_EQ(lines(),
            "{\"join\":\"c1\",\"name\":\"\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"text\":\"slow\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"join\":\"c2\",\"name\":\"\"}\n"
            "{\"expect\":\"c1\",\"text\":\"re\",\"count\":1,\"timeout\":60}\n");
}

TEST_F(TranscriptTest, WhatIsTakenBackStandsWhereItIsDispatchedAtLast) {
  joined(7);
  joined(8);
  lines();
  request(7, 1, "slow");
  request(8, 2, "held up");
  joined(9);
  EXPECT_EQ(lines(), "{\"wait\":{\"count\":2}}\n") << "nothing is certain yet";
  taken_back(8, 2);
  settled(7, 1);
  request(8, 3, "held up");
  settled(8, 3);
  reply(8, 3, "re", 3);
  EXPECT_EQ(lines(),
            "{\"send\":\"c1\",\"text\":\"slow\"}\n"
            "{\"wait\":{\"count\":2}}\n"
            "{\"join\":\"c3\",\"name\":\"\"}\n"
            "{\"wait\":{\"count\":3}}\n"
            "{\"send\":\"c2\",\"text\":\"held up\"}\n"
            "{\"expect\":\"c2\",\"text\":\"re\",\"count\":3}\n");
}

// Or the next request would be sent before the count is right.
TEST_F(TranscriptTest, TheWaitBeforeARequestThatIsTakenBackStays) {
  joined(7);
  request(7, 1, "um");
  taken_back(7, 1);
  request(7, 2, "um");
  settled(7, 2);
  EXPECT_EQ(lines(),
            "{\"join\":\"c1\",\"name\":\"\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"text\":\"um\"}\n");
}

TEST_F(TranscriptTest, WhoLeavesBeforeTheReplyHasSendsWithoutExpectations) {
  joined(7);
  request(7, 1, "um");
  request(7, 2, "dois");
  left(7, "evicted");
  reply(7, 1, "unheard", 1);
  taken_back(7, 2);
  EXPECT_EQ(lines(),
            "{\"join\":\"c1\",\"name\":\"\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"text\":\"um\"}\n"
            "{\"send\":\"c1\",\"text\":\"dois\"}\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"crash\":\"c1\"}\n");
}

TEST_F(TranscriptTest, WhatIsMissingHasNoExpectationAndIsSaid) {
  joined(7);
  transcript.left_out(2);
  reply(7, 1, "of a request that is missing", 1);
  request(7, 3, "here");
  reply(7, 3, "", 1, true);
  transcript.end(true);
  EXPECT_EQ(lines(),
            "{\"join\":\"c1\",\"name\":\"\"}\n"
            "# 2 requests are left out here, with the answers.\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"send\":\"c1\",\"text\":\"here\"}\n"
            "{\"expect\":\"c1\",\"count\":1}\n"
            "# The recording ends here, before the server did.\n"
            "{\"wait\":{\"count\":1}}\n"
            "{\"leave\":\"c1\"}\n"
            "# The end: 1 clients, 1 requests; 2 requests and the texts of 1 more replies left out.\n");
}

TEST_F(TranscriptTest, RefusedMessagesAreCountedInAComment) {
  joined(7);
  lines();
  refused(7, "BUSY");
  refused(7, "BUSY");
  refused(9, "SERVER_FULL");
  left(7, "drained");
  EXPECT_EQ(lines(),
            "# BUSY: 2 messages of c1 were refused, and not run.\n"
            "# SERVER_FULL: 1 message of somebody who is not here was refused, and not run.\n"
            "{\"leave\":\"c1\"}\n");
}

TEST_F(TranscriptTest, AFailedHandlerIsExpectedToFail) {
  joined(7);
  request(7, 1, "um");
  RecordedStep step;
  step.kind = Kind::failed;
  step.client = 7;
  step.request = 1;
  step.reason = "HANDLER_FAILED";
  transcript.take(step);
  EXPECT_TRUE(lines().ends_with("{\"expect\":\"c1\",\"error\":\"handler_failed\"}\n"));
}

TEST_F(TranscriptTest, AnErrorIsExpectedByItsName) {
  joined(7);
  request(7, 1, "um");
  settled(7, 1);
  RecordedStep step;
  step.kind = Kind::failed;
  step.time = now + 60s;
  step.client = 7;
  step.request = 1;
  step.reason = "HANDLER_TIMEOUT";
  transcript.take(step);
  EXPECT_TRUE(lines().ends_with("{\"expect\":\"c1\",\"error\":\"handler_timeout\",\"timeout\":180}\n"));
}

TEST_F(TranscriptTest, LinesThatNobodyWouldReadAreLeftOut) {
  joined(7);
  lines();
  request(7, 1, std::string(script::line_bytes_max, 'x'));
  reply(7, 1, "re", 1);
  request(7, 2, "short");
  reply(7, 2, std::string(script::line_bytes_max, 'x'), 1);
  EXPECT_EQ(lines(),
            "{\"wait\":{\"count\":1}}\n"
            "# 1 request is left out here, with the answers.\n"
            "{\"send\":\"c1\",\"text\":\"short\"}\n"
            "{\"expect\":\"c1\",\"count\":1}\n");
}

}  // namespace
}  // namespace rollcall::tools
