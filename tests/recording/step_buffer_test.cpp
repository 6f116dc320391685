#include "server/step_buffer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace rollcall::tools {
namespace {

using Kind = RecordedStep::Kind;

class StepBufferTest : public ::testing::Test {
 protected:
  static constexpr std::size_t bytes = 16 * 1024;

  static RecordedStep step(Kind kind, std::uint64_t request, std::string_view text = {}) {
    RecordedStep made;
    made.kind = kind;
    made.client = 7;
    made.request = request;
    made.text = text;
    return made;
  }
  /// What is in the buffer, a word each.
  std::vector<std::string> take_all() {
    std::vector<std::string> words;
    for (StepBuffer::Taken taken; buffer.take(taken);) {
      std::string word;
      if (taken.left_out > 0) word += "gap of " + std::to_string(taken.left_out) + ", ";
      const std::string number = std::to_string(taken.step.request);
      if (taken.step.kind == Kind::request) word += "request " + number;
      if (taken.step.kind == Kind::reply) word += (taken.text_left_out ? "reply without text " : "reply ") + number;
      if (taken.step.kind == Kind::joined) word += "joined";
      words.push_back(word);
    }
    return words;
  }
  /// Requests until one is left out; returns its number.
  std::uint64_t fill() {
    while (buffer.left_out_at_end() == 0) buffer.put(step(Kind::request, ++last_request, text));
    return last_request;
  }

  StepBuffer buffer{bytes};
  const std::string text = std::string(100, 'x');
  std::uint64_t last_request = 0;
};

TEST_F(StepBufferTest, StepsComeOutAsTheyWentIn) {
  RecordedStep joined = step(Kind::joined, 0);
  joined.time = std::chrono::nanoseconds(123'456'789'012);
  joined.name = "ana";
  joined.count = 3;
  RecordedStep left = step(Kind::left, 0);
  left.reason = "goodbye";
  for (int round = 0; round < 1000; ++round) {  // around the ring's end many times
    buffer.put(joined);
    buffer.put(step(Kind::reply, 12, text));
    buffer.put(left);
    StepBuffer::Taken taken;
    ASSERT_TRUE(buffer.take(taken));
    EXPECT_EQ(taken.step.time, joined.time);
    EXPECT_EQ(taken.step.client, 7U);
    EXPECT_EQ(taken.step.name, "ana");
    EXPECT_EQ(taken.step.count, 3U);
    ASSERT_TRUE(buffer.take(taken));
    EXPECT_EQ(taken.step.request, 12U);
    EXPECT_EQ(taken.step.text, text);
    ASSERT_TRUE(buffer.take(taken));
    EXPECT_EQ(taken.step.reason, "goodbye");
    ASSERT_FALSE(buffer.take(taken));
  }
}

TEST_F(StepBufferTest, FullItLeavesRequestsOutWithAllThatBelongsToThem) {
  const std::uint64_t missing = fill();
  buffer.put(step(Kind::settled, missing));
  buffer.put(step(Kind::reply, missing, text));
  buffer.put(step(Kind::joined, 0));
  buffer.put(step(Kind::reply, missing - 1, text));
  const auto words = take_all();
  ASSERT_EQ(words.size(), missing + 1);
  EXPECT_EQ(words[missing - 2], "request " + std::to_string(missing - 1));
  EXPECT_EQ(words[missing - 1], "joined");
  EXPECT_EQ(words[missing], "reply " + std::to_string(missing - 1));
  EXPECT_EQ(buffer.left_out_at_end(), 1U);
}

TEST_F(StepBufferTest, ThereIsRoomAgain) {
  const std::uint64_t missing = fill();
  take_all();
  buffer.put(step(Kind::request, missing + 1));
  buffer.put(step(Kind::reply, missing));
  buffer.put(step(Kind::reply, missing + 1));
  const std::string next = std::to_string(missing + 1);
  EXPECT_EQ(take_all(), (std::vector<std::string>{"gap of 1, request " + next, "reply " + next}));
  EXPECT_EQ(buffer.left_out_at_end(), 0U);
}

TEST_F(StepBufferTest, TextsOfRepliesAreLeftOutBeforeJoins) {
  const std::uint64_t missing = fill();
  const std::string large(bytes / 4, 'x');
  buffer.put(step(Kind::reply, missing - 1, large));
  buffer.put(step(Kind::joined, 0));
  const auto words = take_all();
  EXPECT_EQ(words[missing - 1], "reply without text " + std::to_string(missing - 1));
  EXPECT_EQ(words[missing], "joined");
  EXPECT_FALSE(buffer.overflowed());
}

TEST_F(StepBufferTest, WithoutRoomForAJoinItIsOver) {
  while (!buffer.overflowed()) buffer.put(step(Kind::joined, 0));
  const std::size_t before = take_all().size();
  EXPECT_GT(before, 10U);
  buffer.put(step(Kind::joined, 0));
  EXPECT_TRUE(take_all().empty()) << "what comes after a gap in the joins can't be told";
}

TEST_F(StepBufferTest, OneThreadPutsAndOneTakes) {
  constexpr std::uint64_t requests = 10'000;
  std::uint64_t taken_requests = 0;
  std::thread taker([&] {
    StepBuffer::Taken taken;
    for (std::uint64_t last = 0; last < requests;) {
      if (!buffer.take(taken)) {
        std::this_thread::yield();
        continue;
      }
      if (taken.step.kind == Kind::joined) break;
      ASSERT_GT(taken.step.request, last);
      ASSERT_EQ(taken.step.text, text);
      last = taken.step.request;
      taken_requests += 1 + taken.left_out;
    }
  });
  for (std::uint64_t i = 1; i <= requests; ++i) {
    buffer.put(step(Kind::request, i, text));
    if (buffer.left_out_at_end() > 0) std::this_thread::yield();  // or nearly all would be left out
  }
  buffer.put(step(Kind::joined, 0));
  taker.join();
  EXPECT_EQ(taken_requests + buffer.left_out_at_end(), requests);
}

}  // namespace
}  // namespace rollcall::tools
