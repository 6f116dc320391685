// Who leads a loop, with real threads: io/leadership.hpp.
#include "io/leadership.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds deadline{20};
constexpr std::chrono::milliseconds patience{1};

/// Two threads that follow, and lead as each test says.
class LeadershipTest : public ::testing::Test {
 protected:
  template <typename Lead>
  void start(Lead lead) {
    for (int i = 0; i < 2; ++i) {
      threads_.emplace_back([this, lead] {
        while (leadership_.follow()) lead();
        leadership_.leave();
      });
    }
  }
  /// Leader: tries until the other thread stands by.
  Leadership::Work begin() {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (std::chrono::steady_clock::now() < end) {
      if (const auto work = leadership_.begin()) return work;
      std::this_thread::yield();
    }
    throw std::runtime_error("nobody stands by");
  }
  void finish() {
    leadership_.finish();
    leadership_.wait_until_finished();
    EXPECT_TRUE(leadership_.wait_until_left(deadline));
    for (std::thread& thread : threads_) thread.join();
  }

  Leadership leadership_{2, patience};
  std::vector<std::thread> threads_;
};

TEST_F(LeadershipTest, OneLeadsAtATime) {
  std::atomic<int> leaders{0};
  std::promise<void> led;
  start([&] {
    EXPECT_EQ(leaders.fetch_add(1), 0);
    led.set_value();
    leadership_.wait_until_finished();
    leaders.fetch_sub(1);
  });
  EXPECT_EQ(led.get_future().wait_for(deadline), std::future_status::ready);
  finish();
}

TEST_F(LeadershipTest, AfterShortWorkTheLeaderLeadsOn) {
  constexpr int pieces = 10'000;
  std::atomic<int> kept{0};
  std::promise<void> done;
  start([&] {
    while (kept.load() < pieces) {
      if (!leadership_.end(begin())) return;  // this thread was not run for a millisecond
      if (++kept == pieces) done.set_value();
    }
    leadership_.wait_until_finished();
  });
  EXPECT_EQ(done.get_future().wait_for(deadline), std::future_status::ready);
  finish();
}

TEST_F(LeadershipTest, TheOtherThreadLeadsWhenWorkTakesLong) {
  constexpr int rounds = 50;
  std::atomic<int> turn{0};
  std::promise<void> done;
  start([&] {
    const int mine = ++turn;
    if (mine == rounds) {
      done.set_value();
      leadership_.wait_until_finished();
      return;
    }
    const auto work = begin();
    while (turn.load() == mine) std::this_thread::yield();  // held up until the other one leads
    EXPECT_FALSE(leadership_.end(work));
  });
  EXPECT_EQ(done.get_future().wait_for(deadline), std::future_status::ready);
  finish();
}

TEST_F(LeadershipTest, NothingMayBeRunInPlaceWhileTheOtherThreadIsHeldUp) {
  std::atomic<int> turn{0};
  std::promise<void> let_go;
  std::promise<Leadership::Work> refused;
  start([&, gone = let_go.get_future().share()] {
    if (++turn == 1) {
      const auto work = begin();
      gone.wait();
      EXPECT_FALSE(leadership_.end(work));
      return;
    }
    refused.set_value(leadership_.begin());
    leadership_.wait_until_finished();
  });
  auto answer = refused.get_future();
  EXPECT_EQ(answer.wait_for(deadline), std::future_status::ready);
  EXPECT_EQ(answer.get(), 0);
  let_go.set_value();
  finish();
}

TEST_F(LeadershipTest, WhoIsHeldUpHasNotLeft) {
  std::promise<void> let_go;
  std::shared_future<void> gone = let_go.get_future().share();
  std::promise<void> led;
  start([&led, gone] {
    led.set_value();
    gone.wait();
  });
  ASSERT_EQ(led.get_future().wait_for(deadline), std::future_status::ready);
  leadership_.finish();
  EXPECT_FALSE(leadership_.wait_until_left(1ms));
  let_go.set_value();
  finish();
}

}  // namespace
}  // namespace rollcall::io
