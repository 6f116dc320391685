#include "io/auditor.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "support/tcp_listener.hpp"

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr auto deadline = 60s;

/// Core and monitor agree about `open` connections.
Presence agreed(std::size_t open, std::uint64_t began = 100, std::uint64_t ended = 50) {
  return {open, open, open, began, ended};
}

TEST(PresenceDrift, IsNothingWhereAllAgree) { EXPECT_EQ(presence_drift(agreed(7), 7, agreed(7)), 0); }

TEST(PresenceDrift, IsHowManyTheKernelHasLessOrMore) {
  EXPECT_EQ(presence_drift(agreed(7), 5, agreed(7)), 2);
  EXPECT_EQ(presence_drift(agreed(7), 10, agreed(7)), -3);
}

TEST(PresenceDrift, IsHowManyTheCoreHasMoreOrLess) {
  Presence before = agreed(7);
  before.held = 9;
  EXPECT_EQ(presence_drift(before, 7, agreed(7)), 2);
  before.held = 4;
  EXPECT_EQ(presence_drift(before, 7, agreed(7)), -3);
  EXPECT_EQ(presence_drift(before, std::nullopt, agreed(7)), -3) << "where the kernel does not count";
}

TEST(PresenceDrift, WhatCameOrWentMeanwhileMayBeThereOrNot) {
  const Presence before = agreed(7, 100, 50);
  const Presence after = agreed(8, 103, 52);
  for (const std::size_t kernel : {5U, 7U, 10U}) EXPECT_EQ(presence_drift(before, kernel, after), 0) << kernel;
  EXPECT_EQ(presence_drift(before, 4, after), 1);
  EXPECT_EQ(presence_drift(before, 11, after), -1);
}

TEST(PresenceDrift, UnixSocketsAreNotTheKernelsToCount) {
  const Presence with_two_more{9, 9, 7, 100, 50};
  EXPECT_EQ(presence_drift(with_two_more, 7, with_two_more), 0);
}

/// A server that accepts and closes, and says what it has.
class AuditorTest : public ::testing::Test {
 protected:
  ~AuditorTest() override {
    for (const int fd : fds_) close(fd);
  }
  void come() {
    const int peer = listener_.connect();
    const int ours = listener_.accept();
    const std::lock_guard lock(mutex_);
    ++presence_.held;
    ++presence_.open;
    ++presence_.open_tcp;
    ++presence_.tcp_began;
    fds_.push_back(peer);
    fds_.push_back(ours);
  }
  void go() {
    std::unique_lock lock(mutex_);
    for (int i = 0; i < 2; ++i) {
      close(fds_.back());
      fds_.pop_back();
    }
    lock.unlock();  // others hear of it later, as they do from the monitor
    lock.lock();
    --presence_.held;
    --presence_.open;
    --presence_.open_tcp;
    ++presence_.tcp_ended;
  }
  void start() {
    auditor_.emplace(
        std::vector<TcpEnds>{tcp_ends(listener_.fd())},
        [this] {
          const std::lock_guard lock(mutex_);
          return std::optional(presence_);
        },
        [this](std::int64_t drift) {
          const std::lock_guard lock(mutex_);
          drifts_.push_back(drift);
          told_.notify_all();
        },
        10ms);
  }
  bool has_told(std::size_t times) {
    const std::lock_guard lock(mutex_);
    return drifts_.size() >= times;
  }
  std::int64_t wait_told(std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(told_.wait_for(lock, deadline, [&] { return drifts_.size() >= times; }));
    return drifts_.back();
  }

  test::TcpListener listener_;
  std::mutex mutex_;
  std::condition_variable told_;
  Presence presence_;
  std::vector<std::int64_t> drifts_;
  std::vector<int> fds_;
  std::optional<Auditor> auditor_;
};

TEST_F(AuditorTest, TellsThatAllIsWellAgainAndAgain) {
  for (int i = 0; i < 3; ++i) come();
  start();
  EXPECT_EQ(wait_told(3), 0);
}

TEST_F(AuditorTest, TellsOfAClientThatIsNoLongerThere) {
  come();
  ++presence_.held;
  ++presence_.open;
  ++presence_.open_tcp;
  start();
  EXPECT_EQ(wait_told(), 1);
}

TEST_F(AuditorTest, TellsOfAConnectionThatNobodyKnows) {
  come();
  fds_.push_back(listener_.connect());
  fds_.push_back(listener_.accept());
  start();
  EXPECT_EQ(wait_told(), -1);
}

TEST_F(AuditorTest, ComingAndGoingIsNoDrift) {
  for (int i = 0; i < 20; ++i) come();
  start();
  while (!has_told(20)) {
    for (int i = 0; i < 10; ++i) come();
    for (int i = 0; i < 10; ++i) go();
  }
  auditor_.reset();
  for (const std::int64_t drift : drifts_) EXPECT_EQ(drift, 0);
}

TEST_F(AuditorTest, EndsInTheMiddleOfAnAudit) {
  ++presence_.held;
  for (int i = 0; i < 20; ++i) {
    start();
    auditor_.reset();
  }
}

}  // namespace
}  // namespace rollcall::io
