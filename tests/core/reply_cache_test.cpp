// What is kept of each client's answers, and what makes room for what.
#include "core/reply_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::core {
namespace {

constexpr std::size_t plenty = 1'000'000;

TEST(ReplyCache, GivesWhatWasKept) {
  ReplyCache cache({4, plenty, plenty});
  cache.keep(0, 1, "one");
  cache.keep(0, 5, "");
  cache.keep(1, 1, "uno");
  EXPECT_EQ(cache.find(0, 1), "one");
  EXPECT_EQ(cache.find(0, 5), "");
  EXPECT_EQ(cache.find(1, 1), "uno");
  EXPECT_FALSE(cache.find(0, 2));
  EXPECT_FALSE(cache.find(1, 5));
  EXPECT_FALSE(cache.find(9, 1));
  EXPECT_EQ(cache.last(0), 5U);
  EXPECT_EQ(cache.last(9), 0U);
  EXPECT_EQ(cache.bytes(), 6U);
}

TEST(ReplyCache, KeepsTheLastOnesOfAClient) {
  ReplyCache cache({3, plenty, plenty});
  for (std::uint64_t id = 1; id <= 1000; ++id) {
    cache.keep(7, id, "answer " + std::to_string(id));
    for (std::uint64_t back = 0; back < 5 && back < id; ++back) {
      const auto found = cache.find(7, id - back);
      ASSERT_EQ(found.has_value(), back < 3) << id << " - " << back;
      if (found) {
        ASSERT_EQ(*found, "answer " + std::to_string(id - back));
      }
    }
  }
  EXPECT_EQ(cache.bytes(), std::string("answer 998answer 999answer 1000").size());
}

TEST(ReplyCache, ForgetsAClientAndUsesItsLaneAgain) {
  ReplyCache cache({3, plenty, plenty});
  cache.keep(0, 9, "nine");
  cache.forget(0);
  cache.forget(5);
  EXPECT_FALSE(cache.find(0, 9));
  EXPECT_EQ(cache.last(0), 0U);
  EXPECT_EQ(cache.bytes(), 0U);
  cache.keep(0, 1, "one");
  EXPECT_EQ(cache.find(0, 1), "one");
}

TEST(ReplyCache, AClientsBytesAreBoundedButForOneAnswer) {
  ReplyCache cache({100, 10, plenty});
  cache.keep(0, 1, "12345");
  cache.keep(0, 2, "67890");
  EXPECT_TRUE(cache.find(0, 1));
  cache.keep(0, 3, "x");
  EXPECT_FALSE(cache.find(0, 1));
  EXPECT_TRUE(cache.find(0, 2));
  cache.keep(0, 4, std::string(50, 'y'));
  EXPECT_FALSE(cache.find(0, 3));
  EXPECT_EQ(cache.find(0, 4), std::string(50, 'y'));
}

TEST(ReplyCache, ThoseWhoWereAnsweredLatelyKeepTheirsWhereAllTogetherTakeTooMuch) {
  ReplyCache cache({100, plenty, 30});
  cache.keep(0, 1, "0123456789");
  cache.keep(1, 1, "0123456789");
  cache.keep(2, 1, "0123456789");
  cache.keep(3, 1, "x");  // everybody had a second chance, and loses it; the hand takes the first
  EXPECT_FALSE(cache.find(0, 1));
  cache.keep(2, 2, "");
  cache.keep(3, 2, "0123456789");
  EXPECT_FALSE(cache.find(1, 1));
  EXPECT_TRUE(cache.find(2, 1));
  EXPECT_TRUE(cache.find(3, 1));
  EXPECT_TRUE(cache.find(3, 2));
  EXPECT_LE(cache.bytes(), 30U);
}

TEST(ReplyCache, OneClientMayHaveAllOfItAndNoMore) {
  ReplyCache cache({100, plenty, 30});
  for (std::uint64_t id = 1; id <= 10; ++id) cache.keep(0, id, "0123456789");
  EXPECT_EQ(cache.bytes(), 30U);
  EXPECT_FALSE(cache.find(0, 7));
  EXPECT_TRUE(cache.find(0, 8));
  cache.keep(0, 11, std::string(31, 'z'));
  EXPECT_FALSE(cache.find(0, 11));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(ReplyCache, OfNoBytesKeepsNothing) {
  ReplyCache cache({100, plenty, 0});
  cache.keep(0, 1, "x");
  EXPECT_FALSE(cache.find(0, 1));
  EXPECT_EQ(cache.bytes(), 0U);
}

}  // namespace
}  // namespace rollcall::core
