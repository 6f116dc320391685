// Who may touch which job: the promises in io/batch_cursor.hpp.
#include "io/batch_cursor.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rollcall::io {
namespace {

TEST(BatchCursor, GivesEveryJobOnceInOrder) {
  BatchCursor cursor;
  cursor.lend(3);
  EXPECT_EQ(cursor.begin(), 0U);
  EXPECT_EQ(cursor.begin(), 1U);
  EXPECT_EQ(cursor.begin(), 2U);
  EXPECT_EQ(cursor.begin(), std::nullopt);
}

TEST(BatchCursor, TakingBackLeavesWhatIsBegun) {
  BatchCursor cursor;
  cursor.lend(5);
  cursor.begin();
  cursor.begin();
  EXPECT_EQ(cursor.take_back(), 2U);
  EXPECT_EQ(cursor.begin(), std::nullopt);
  EXPECT_EQ(cursor.take_back(), 2U);
}

TEST(BatchCursor, CanBeLentAgain) {
  BatchCursor cursor;
  for (int round = 0; round < 3; ++round) {
    cursor.lend(1);
    EXPECT_EQ(cursor.begin(), 0U);
    EXPECT_EQ(cursor.begin(), std::nullopt);
    cursor.end();
    EXPECT_TRUE(cursor.has_ended());
  }
}

// Whatever the threads' timing, a job is either begun by the worker or taken back by the loop, never both and never
// neither.
TEST(BatchCursor, DividesTheJobsBetweenTwoThreads) {
  constexpr std::uint32_t jobs = 64;
  for (int round = 0; round < 2000; ++round) {
    BatchCursor cursor;
    std::vector<int> runs(jobs, 0);
    cursor.lend(jobs);
    std::thread worker([&] {
      while (const auto index = cursor.begin()) ++runs[*index];
      cursor.end();
    });
    const std::uint32_t begun = cursor.take_back();
    worker.join();
    ASSERT_TRUE(cursor.has_ended());
    for (std::uint32_t i = 0; i < jobs; ++i) ASSERT_EQ(runs[i], i < begun ? 1 : 0) << "job " << i << " of " << begun;
  }
}

}  // namespace
}  // namespace rollcall::io
