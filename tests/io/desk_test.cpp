// Those who ask and the one who makes, in threads of their own.
#include "io/desk.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

struct Figure {
  std::chrono::steady_clock::time_point taken;
  int number = 0;
};

class DeskTest : public ::testing::Test {
 protected:
  ~DeskTest() override { stop_making(); }

  void make(int number) { desk.put(std::make_shared<const Figure>(Figure{std::chrono::steady_clock::now(), number})); }
  void make_for_all_who_ask() {
    desk.open();
    maker_ = std::thread([this] {
      while (!ends_) {
        pollfd item{wakeup.fd(), POLLIN, 0};
        poll(&item, 1, -1);
        wakeup.take();
        if (desk.take_request()) make(++made);
      }
    });
  }
  void stop_making() {
    ends_ = true;
    wakeup.signal();
    if (maker_.joinable()) maker_.join();
  }

  Wakeup wakeup;
  Desk<Figure> desk{wakeup};
  std::atomic<int> made{0};

 private:
  std::atomic<bool> ends_{false};
  std::thread maker_;
};

TEST_F(DeskTest, WhileItIsNotOpenNobodyWaits) {
  EXPECT_EQ(desk.ask(0s, 1h), nullptr);
  EXPECT_FALSE(desk.is_asked());
  make(7);
  EXPECT_EQ(desk.ask(0s, 1h)->number, 7);
}

TEST_F(DeskTest, WhoAsksIsGivenWhatWasMadeAfterwards) {
  make_for_all_who_ask();
  for (int i = 1; i <= 100; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto given = desk.ask(0s, patience);
    ASSERT_NE(given, nullptr);
    EXPECT_EQ(given->number, i);
    EXPECT_GE(given->taken, begin);
  }
}

TEST_F(DeskTest, WhatIsYoungEnoughIsGivenAgain) {
  make_for_all_who_ask();
  const auto given = desk.ask(0s, patience);
  EXPECT_EQ(desk.ask(1h, 0s), given);
  EXPECT_FALSE(desk.is_asked());
  EXPECT_NE(desk.ask(0s, patience), given);
}

TEST_F(DeskTest, WhoseWaitIsOverGetsTheOneBefore) {
  desk.open();
  EXPECT_EQ(desk.ask(0s, 1ms), nullptr);
  make(1);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(desk.ask(0s, 30ms)->number, 1);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  EXPECT_TRUE(desk.take_request());
  EXPECT_FALSE(desk.take_request());
}

TEST_F(DeskTest, WhenItClosesNobodyWaitsAnyMore) {
  desk.open();
  make(1);
  std::thread asking([this] { EXPECT_EQ(desk.ask(0s, 1h)->number, 1); });
  pollfd item{wakeup.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&item, 1, 60'000), 1);
  desk.close();
  asking.join();
}

TEST_F(DeskTest, ManyMayAskAtOnceAndShare) {
  make_for_all_who_ask();
  constexpr int threads_max = 8;
  constexpr int asks = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < threads_max; ++t) {
    threads.emplace_back([this] {
      int last = 0;
      for (int i = 0; i < asks; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const auto given = desk.ask(0s, patience);
        ASSERT_NE(given, nullptr);
        ASSERT_GE(given->taken, begin);
        ASSERT_GE(given->number, last);
        last = given->number;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(made, threads_max * asks);
}

}  // namespace
}  // namespace rollcall::io
