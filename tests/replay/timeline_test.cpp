// When steps are due: times, speed, cut silences, rounds (replay/timeline.hpp).
#include "replay/timeline.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <utility>

namespace rollcall::replay {
namespace {

using namespace std::chrono_literals;
using core::Time;

Step at(Duration time) {
  Step step;
  step.kind = Step::Kind::send;
  step.at = time;
  return step;
}

Step without_time() {
  Step step;
  step.kind = Step::Kind::send;
  return step;
}

Step repeat(std::uint32_t times, std::vector<Step> steps) {
  Step step;
  step.kind = Step::Kind::repeat;
  step.times = times;
  step.steps = std::move(steps);
  return step;
}

constexpr Time start = 1000s;

Timeline::Source source(std::deque<Step> steps) {
  return [steps = std::move(steps)]() mutable -> std::optional<Step> {
    if (steps.empty()) return std::nullopt;
    Step step = steps.front();
    steps.pop_front();
    return step;
  };
}

/// All the steps' times, from the start; -1 s for those that have none.
std::vector<Duration> times(Timeline::Options options, std::deque<Step> steps, Time now = start) {
  Timeline timeline(options);
  timeline.start(source(std::move(steps)), start);
  std::vector<Duration> all;
  while (timeline.next(now) != nullptr) {
    const Timeline::Due due = timeline.take();
    all.push_back(due.timed ? due.time - start : Duration(-1s));
  }
  return all;
}

using Times = std::vector<Duration>;

TEST(Timeline, CountsFromTheStartWhateverWasLate) {
  EXPECT_EQ(times({}, {at(1s), without_time(), at(2500ms)}, start + 10s), (Times{1s, -1s, 2500ms}));
}

TEST(Timeline, TakesTheSpeed) {
  EXPECT_EQ(times({2, {}}, {at(1s), at(3s)}), (Times{500ms, 1500ms}));
  EXPECT_EQ(times({0.5, {}}, {at(1s)}), (Times{2s}));
  EXPECT_EQ(times({0, {}}, {at(1s), at(3s)}), (Times{-1s, -1s})) << "as fast as it goes";
}

TEST(Timeline, CutsSilencesAndNothingElse) {
  EXPECT_EQ(times({1, 2s}, {at(1s), at(2s), at(100s), at(101s), at(200s)}), (Times{1s, 2s, 4s, 5s, 7s}));
  EXPECT_EQ(times({2, 2s}, {at(100s)}), (Times{1s})) << "script time";
}

TEST(Timeline, RoundsFollowOneAnotherWithoutDrift) {
  EXPECT_EQ(times({}, {at(1s), repeat(3, {at(0s), at(2s)}), at(9s)}, start + 30s),
            (Times{1s, 1s, 3s, 3s, 5s, 5s, 7s, 9s}));
}

TEST(Timeline, RoundsWithinRounds) {
  EXPECT_EQ(times({}, {repeat(2, {at(1s), repeat(2, {at(1s)}), without_time()})}),
            (Times{1s, 2s, 3s, -1s, 4s, 5s, 6s, -1s}));
}

TEST(Timeline, AnEmptyRepeatIsNothing) {
  EXPECT_EQ(times({}, {repeat(5, {}), at(1s)}), (Times{1s}));
  EXPECT_EQ(times({}, {repeat(0, {at(1s)})}), Times{});
}

TEST(Timeline, TellsTheRound) {
  std::deque<Step> steps = {without_time(), repeat(3, {without_time()}), without_time()};
  Timeline timeline({});
  timeline.start(source(std::move(steps)), start);
  std::vector<std::uint32_t> rounds;
  while (timeline.next(start) != nullptr) rounds.push_back(timeline.take().round);
  EXPECT_EQ(rounds, (std::vector<std::uint32_t>{1, 1, 2, 3, 1}));
}

}  // namespace
}  // namespace rollcall::replay
