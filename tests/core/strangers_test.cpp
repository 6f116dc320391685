// The order of connections without a session.
#include "core/strangers.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

TEST(Strangers, TheOneThatCameFirstIsTheOldest) {
  Strangers strangers;
  strangers.add(9, 1s);
  strangers.add(7, 2s);
  EXPECT_EQ(strangers.size(), 2U);
  EXPECT_EQ(strangers.oldest().fd, 9);
  EXPECT_EQ(strangers.oldest().since, 1s);
  strangers.remove(9);
  EXPECT_EQ(strangers.oldest().fd, 7);
}

TEST(Strangers, RemovingAnyKeepsTheOrderOfTheOthers) {
  Strangers strangers;
  for (int fd = 1; fd <= 5; ++fd) strangers.add(fd, std::chrono::seconds(fd));
  strangers.remove(3);
  strangers.remove(5);
  strangers.add(5, 9s);
  for (const int fd : {1, 2, 4, 5}) {
    EXPECT_EQ(strangers.oldest().fd, fd);
    strangers.remove(fd);
  }
  EXPECT_EQ(strangers.size(), 0U);
}

TEST(Strangers, OneThatIsAddedAgainBecomesTheLatest) {
  Strangers strangers;
  strangers.add(1, 1s);
  strangers.add(2, 2s);
  strangers.add(1, 3s);
  EXPECT_EQ(strangers.size(), 2U);
  EXPECT_EQ(strangers.oldest().fd, 2);
}

TEST(Strangers, RemovingOneThatIsNotHereDoesNothing) {
  Strangers strangers;
  strangers.add(1, 1s);
  for (const int fd : {-1, 0, 2, 1000}) strangers.remove(fd);
  EXPECT_EQ(strangers.size(), 1U);
}

}  // namespace
}  // namespace rollcall::core
