// Sessions that may be resumed: who is found, for how long, and who makes room.
#include "core/absentees.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

wire::Token token_of(std::uint8_t number) {
  wire::Token token{};
  token.fill(number);
  return token;
}

Absentee absentee(std::uint8_t number, Time until, std::string key = {}) {
  Absentee made;
  made.token = token_of(number);
  made.lane = number;
  made.key = std::move(key);
  made.until = until;
  return made;
}

TEST(Absentees, AreTakenOnce) {
  Absentees absentees(10);
  absentees.add(absentee(1, 5s));
  EXPECT_EQ(absentees.take(token_of(1), {}).value().lane, 1U);
  EXPECT_FALSE(absentees.take(token_of(1), {}));
  EXPECT_EQ(absentees.size(), 0U);
}

TEST(Absentees, AreNotTakenByAnotherToken) {
  Absentees absentees(10);
  absentees.add(absentee(1, 5s));
  EXPECT_FALSE(absentees.take(token_of(2), {}));
  wire::Token similar = token_of(1);
  similar.back() ^= 1U;  // of the same hash
  EXPECT_FALSE(absentees.take(similar, {}));
}

TEST(Absentees, AreNotTakenWithAnotherKey) {
  Absentees absentees(10);
  absentees.add(absentee(1, 5s, "ana's"));
  EXPECT_FALSE(absentees.take(token_of(1), "ben's"));
  EXPECT_FALSE(absentees.take(token_of(1), {}));
  EXPECT_TRUE(absentees.take(token_of(1), "ana's"));
}

TEST(Absentees, AreForgottenWhenTheirTimeIsOver) {
  Absentees absentees(10);
  EXPECT_FALSE(absentees.next_deadline());
  absentees.add(absentee(1, 5s));
  absentees.add(absentee(2, 6s));
  EXPECT_EQ(absentees.next_deadline(), 5s);
  EXPECT_FALSE(absentees.take_expired(5s - 1ns));
  EXPECT_EQ(absentees.take_expired(5s).value().lane, 1U);
  EXPECT_FALSE(absentees.take_expired(5s));
  EXPECT_EQ(absentees.next_deadline(), 6s);
}

TEST(Absentees, TheOneThatIsGoneForTheLongestTimeMakesRoom) {
  Absentees absentees(2);
  EXPECT_FALSE(absentees.add(absentee(1, 5s)));
  EXPECT_FALSE(absentees.add(absentee(2, 6s)));
  EXPECT_EQ(absentees.add(absentee(3, 7s)).value().lane, 1U);
  EXPECT_EQ(absentees.size(), 2U);
  EXPECT_FALSE(absentees.take(token_of(1), {}));
}

TEST(Absentees, AnyOneCanBeTakenUntilThereIsNone) {
  Absentees absentees(2);
  absentees.add(absentee(1, 5s));
  EXPECT_TRUE(absentees.take_any());
  EXPECT_FALSE(absentees.take_any());
}

}  // namespace
}  // namespace rollcall::core
