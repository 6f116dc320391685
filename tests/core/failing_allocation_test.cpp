// What is left of ServerCore when an allocation fails: a conversation, again and again, in which the first one fails,
// the second, the third, until none is left to fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/failing_conversation.hpp"

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;
using test::About;
using test::Conversation;

/// The conversation as it goes when nothing fails.
Conversation& example() {
  static Conversation talk(SIZE_MAX, 0, About::feeds_it_again);
  if (!talk.drained) talk.talk();
  return talk;
}

bool has_line(const std::vector<std::string>& lines, const std::string& beginning) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(beginning); });
}

/// What was said to `who`, who had to be told that an answer was not kept instead of being told it again.
bool lost_kept_answers(Conversation& talk, const std::string& who) { return has_line(talk.heard(who), "ERROR 22 "); }

class FailingAllocation : public ::testing::TestWithParam<std::size_t> {};

TEST(FailingAllocationTest, TheExampleIsWhatItSays) {
  Conversation& talk = example();
  talk.expect_all_over();
  for (const auto& [who, ids] : talk.asked) {
    for (const std::uint64_t id : ids) EXPECT_LE(talk.outcomes(who, id), 1) << who << " " << id;
  }
}

// What a test of failures never comes to is not tested by it.
TEST(FailingAllocationTest, TheExampleComesToEverything) {
  Conversation& talk = example();
  const Counters& counters = talk.server().counters();
  using enum wire::ErrorCode;
  for (const auto code : {too_large, too_many_parts, hello_required, bad_request_id, busy, server_full, draining,
                          handler_failed, handler_timeout, session_ended}) {
    EXPECT_GT(counters.errors[static_cast<std::size_t>(code)], 0U) << wire::error_name(code);
  }
  for (const Refusal refusal : {Refusal::silent_connection, Refusal::late_message, Refusal::held_off, Refusal::stranger,
                                Refusal::endless_message}) {
    EXPECT_GT(counters.refusals[static_cast<std::size_t>(refusal)], 0U) << refusal_name(refusal);
  }
  using enum wire::LeaveReason;
  for (const auto reason : {goodbye, disconnected, evicted, drained}) {
    EXPECT_GT(counters.leaves[static_cast<std::size_t>(reason)], 0U) << leave_reason_name(reason);
  }
  EXPECT_GE(counters.resumes, 2U);
  EXPECT_GT(counters.repeated, 0U);
  for (const char* beginning : {"hung", "suppressed", "draining"}) EXPECT_TRUE(has_line(talk.told, beginning));
  for (const char* beginning : {"taken back", "failed"}) EXPECT_TRUE(has_line(talk.recorded, beginning));
  EXPECT_TRUE(has_line(talk.heard("eve"), "CLOSING 3"));
  for (const char* beginning : {"ROSTER", "PUSHED ROSTER", "EVENT reset", "EVENT joined", "EVENT left"}) {
    EXPECT_TRUE(has_line(talk.heard("wanda"), beginning)) << beginning;
  }
}

TEST_P(FailingAllocation, AStepThatIsDoneAgainIsAsIfNothingHadFailed) {
  std::size_t good = 0;
  for (;; ++good) {
    SCOPED_TRACE("after " + std::to_string(good));
    Conversation talk(good, GetParam(), About::feeds_it_again);
    talk.talk();
    talk.expect_all_over();
    EXPECT_EQ(talk.runs, example().runs);
    bool lost = false;
    for (const std::string& who : talk.everybody()) {
      lost = lost || lost_kept_answers(talk, who);
      if (!lost_kept_answers(talk, who)) {
        EXPECT_EQ(talk.heard(who), example().heard(who)) << who;
      }
    }
    EXPECT_EQ(talk.recorded, example().recorded);
    if (!lost) {
      EXPECT_EQ(talk.told, example().told);
    }
    if (talk.failed() == 0 || HasFailure()) break;
  }
  EXPECT_GT(good, 100U);
}

TEST_P(FailingAllocation, SoItIsWithManyRequestsAtOnce) {
  constexpr std::uint32_t window = 50;
  Conversation as_ever(SIZE_MAX, 0, About::feeds_it_again, window);
  as_ever.talk_at_once();
  for (std::size_t good = 0;; ++good) {
    SCOPED_TRACE("after " + std::to_string(good));
    Conversation talk(good, GetParam(), About::feeds_it_again, window);
    talk.talk_at_once();
    talk.expect_all_over();
    EXPECT_EQ(talk.runs, as_ever.runs);
    EXPECT_EQ(talk.heard("ana"), as_ever.heard("ana"));
    EXPECT_EQ(talk.recorded, as_ever.recorded);
    EXPECT_EQ(talk.told, as_ever.told);
    if (talk.failed() == 0 || HasFailure()) break;
  }
}

TEST_P(FailingAllocation, AClientWhoseMessageIsDroppedGoesAlone) {
  for (std::size_t good = 0;; ++good) {
    SCOPED_TRACE("after " + std::to_string(good));
    Conversation talk(good, GetParam(), About::ends_its_connection);
    talk.talk();
    talk.expect_all_over();
    for (const auto& [body, times] : talk.runs) EXPECT_EQ(times, 1) << body;
    for (const auto& [who, ids] : talk.asked) {
      for (const std::uint64_t id : ids) {
        const auto most = example().outcomes(who, id);
        if (talk.had_to_go(who)) {
          EXPECT_LE(talk.outcomes(who, id), most) << who << " " << id;
        } else {
          EXPECT_EQ(talk.outcomes(who, id), most) << who << " " << id;
        }
      }
    }
    if (talk.failed() == 0 || HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(InARow, FailingAllocation, ::testing::Values(1, 2, 5));

TEST(FailingAllocationTest, NothingIsLeftOfACoreThatCouldNotBeMade) {
  std::size_t good = 0;
  for (bool done = false; !done; ++good) {
    test::FailingAllocations failing(good, 1);
    const ServerCore::Config config{{}, 5s, [] { return wire::Token{}; }, true};
    done = failing.done([&] { const ServerCore core(config); });
  }
  EXPECT_GT(good, 1U);
}

}  // namespace
}  // namespace rollcall::core
