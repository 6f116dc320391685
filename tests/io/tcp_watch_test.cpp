// What the kernel counts on real TCP connections, with a clock of the test's own.
#include "io/tcp_watch.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t message_bytes_max = 100'000;

/// A TCP connection; one end is read as libzmq would.
class TcpPair {
 public:
  TcpPair() {
    const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listening, any, size), 0);
    EXPECT_EQ(listen(listening, 1), 0);
    EXPECT_EQ(getsockname(listening, any, &size), 0);
    sender_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(sender_, any, size), 0);
    receiver_ = accept(listening, nullptr, nullptr);
    close(listening);
  }
  ~TcpPair() {
    close(sender_);
    close(receiver_);
  }
  TcpPair(const TcpPair&) = delete;
  TcpPair& operator=(const TcpPair&) = delete;

  [[nodiscard]] int receiver() const { return receiver_; }
  /// What the kernel counts on the receiver's side.
  [[nodiscard]] tcp_info count() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    EXPECT_EQ(getsockopt(receiver_, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
    return info;
  }

  void send(std::size_t bytes) const {
    const std::string chunk(std::min<std::size_t>(bytes, 10'000), 'x');
    for (std::size_t sent = 0; sent < bytes;) {
      const ssize_t now = ::send(sender_, chunk.data(), std::min(chunk.size(), bytes - sent), MSG_NOSIGNAL);
      ASSERT_GT(now, 0);
      sent += static_cast<std::size_t>(now);
      if (reads) read(static_cast<std::size_t>(now));
    }
  }
  bool reads = true;
  /// The sender reads what has come from the other end.
  void take_all() const {
    std::string into(1'000'000, '\0');
    while (recv(sender_, into.data(), into.size(), MSG_DONTWAIT) > 0) continue;
  }

 private:
  void read(std::size_t bytes) const {
    std::string into(bytes, '\0');
    ASSERT_EQ(recv(receiver_, into.data(), bytes, MSG_WAITALL), static_cast<ssize_t>(bytes));
  }

  int sender_ = -1;
  int receiver_ = -1;
};

class TcpWatchTest : public ::testing::Test {
 protected:
  void SetUp() override { watch.opened(pair.receiver(), now); }
  void look(std::chrono::milliseconds later = 1s) {
    now += later;
    const TcpWatch::Found found = watch.look(now);
    endless.insert(endless.end(), found.endless.begin(), found.endless.end());
    frozen.insert(frozen.end(), found.frozen.begin(), found.frozen.end());
  }
  void hear() {
    watch.heard(pair.receiver(), now);
    look();
  }

  TcpPair pair;
  TcpWatch watch{message_bytes_max, 4s, 1s};
  core::Time now{240h};  // the machine has been up for some time
  std::vector<int> endless;
  std::vector<int> frozen;
  const std::vector<int> nobody;
};

TEST_F(TcpWatchTest, WhoBeginsWithMoreThanAMessageMayHaveIsFoundAtTheSecondLook) {
  pair.send(2 * message_bytes_max);
  look();
  EXPECT_EQ(endless, nobody);
  look();
  EXPECT_EQ(endless, std::vector<int>{pair.receiver()});
}

TEST_F(TcpWatchTest, SoIsWhoHasSentMessagesBefore) {
  hear();
  look();  // from here on, what comes counts
  pair.send(2 * message_bytes_max);
  look();
  look();
  EXPECT_EQ(endless, std::vector<int>{pair.receiver()});
}

TEST_F(TcpWatchTest, TheSecondLookComesSoonAndWhenEverythingWasRead) {
  pair.send(2 * message_bytes_max);
  look();
  EXPECT_EQ(watch.next_look(), now + 20ms);
  now += 20ms;
  EXPECT_TRUE(watch.look(now).endless.empty());
  watch.read_empty(now);
  now += 20ms;
  EXPECT_EQ(watch.look(now).endless.size(), 1U);
}

TEST_F(TcpWatchTest, ALongSilenceBuysNothing) {
  for (int days = 0; days < 10; ++days) {
    now += 24h;
    look();
  }
  pair.send(2 * message_bytes_max);
  look();
  look();
  EXPECT_EQ(endless, std::vector<int>{pair.receiver()});
}

TEST_F(TcpWatchTest, NorDoesATimeInWhichNobodyWasThere) {
  look();
  watch.ended(pair.receiver());
  EXPECT_FALSE(watch.next_look());
  now += 240h;
  watch.opened(pair.receiver(), now);
  pair.send(2 * message_bytes_max);
  look();
  look();
  EXPECT_EQ(endless, std::vector<int>{pair.receiver()});
}

TEST_F(TcpWatchTest, WhoWasHeardMeanwhileIsNotBlamed) {
  for (int i = 0; i < 20; ++i) {
    pair.send(message_bytes_max);
    hear();
  }
  EXPECT_EQ(endless, nobody);
}

TEST_F(TcpWatchTest, AMessageThatTakesLongIsNotEndless) {
  for (int i = 0; i < 10; ++i) {
    pair.send(message_bytes_max / 10);
    look();
  }
  EXPECT_EQ(endless, nobody);
}

TEST_F(TcpWatchTest, WhatTheKernelStillHasIsNobodysMemory) {
  pair.reads = false;
  pair.send(2 * message_bytes_max);
  for (int i = 0; i < 5; ++i) look();
  EXPECT_EQ(endless, nobody);
}

TEST_F(TcpWatchTest, HeartbeatsAreForgiven) {
  for (int hours = 0; hours < 100; ++hours) {
    pair.send(10'000);
    now += 1h;
    look();
  }
  EXPECT_EQ(endless, nobody);
}

/// A heartbeat's answer may take 40 ms here, as the kernel counts time itself.
class TcpWatchSilence : public TcpWatchTest {
 protected:
  static constexpr auto timeout = 40ms;

  void SetUp() override { impatient.opened(pair.receiver(), now); }
  void wait_until_silent_for(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::milliseconds(pair.count().tcpi_last_data_recv) < time) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
    }
  }
  void ping() const { ASSERT_EQ(::send(pair.receiver(), "x", 1, 0), 1); }
  void pong() const { pair.send(1); }
  /// It is looked at, and asked after that much more time.
  bool may_have_timed_out(std::chrono::milliseconds later = 0ms) {
    now += 1s;
    EXPECT_TRUE(impatient.look(now).endless.empty());
    return impatient.may_have_timed_out(pair.receiver(), now + later);
  }

  TcpWatch impatient{message_bytes_max, 4s, timeout};
};

TEST_F(TcpWatchSilence, WhoHasNotAnsweredForTheTimeMayHaveTimedOut) {
  pong();
  wait_until_silent_for(timeout);
  ping();
  EXPECT_TRUE(may_have_timed_out());
  EXPECT_GE(impatient.silence(pair.receiver(), now), timeout);
}

TEST_F(TcpWatchSilence, WhoHasAnsweredMayBeSilentForLonger) {
  ping();
  wait_until_silent_for(20ms);
  pong();
  wait_until_silent_for(timeout);
  EXPECT_FALSE(may_have_timed_out());
  EXPECT_GE(impatient.silence(pair.receiver(), now), timeout);
  EXPECT_TRUE(may_have_timed_out(timeout)) << "a heartbeat may have been sent since it was looked at";
}

TEST_F(TcpWatchSilence, WhoWasHeardJustNowHasNot) {
  pong();
  wait_until_silent_for(timeout);
  ping();
  EXPECT_TRUE(may_have_timed_out());
  impatient.read_empty(now);
  impatient.reading();
  impatient.heard(pair.receiver(), now);
  EXPECT_FALSE(impatient.may_have_timed_out(pair.receiver(), now));
  EXPECT_EQ(impatient.silence(pair.receiver(), now + 7ms), 7ms);
}

TEST_F(TcpWatchSilence, WhatWasReadLateMayHaveComeLongBefore) {
  impatient.read_empty(now);
  now += timeout;
  impatient.reading();
  impatient.read_empty(now);
  impatient.heard(pair.receiver(), now);
  EXPECT_TRUE(impatient.may_have_timed_out(pair.receiver(), now));
  EXPECT_EQ(impatient.silence(pair.receiver(), now), 0ms) << "as far as was seen";
  impatient.reading();
  impatient.heard(pair.receiver(), now);
  EXPECT_FALSE(impatient.may_have_timed_out(pair.receiver(), now)) << "there was nothing more to be read";
}

TEST_F(TcpWatchSilence, NorHasANewcomerOrOneThatIsNotThere) {
  EXPECT_EQ(impatient.silence(pair.receiver(), now + 5ms), 5ms);
  EXPECT_FALSE(impatient.may_have_timed_out(pair.receiver(), now + 5ms));
  impatient.reading();
  impatient.heard(pair.receiver(), now);
  EXPECT_FALSE(impatient.may_have_timed_out(pair.receiver(), now + 5ms)) << "it was not here before";
  EXPECT_FALSE(impatient.may_have_timed_out(12'345, now));
  impatient.ended(pair.receiver());
  EXPECT_EQ(impatient.silence(pair.receiver(), now + 1h), 0ms);
}

/// The receiver has sent more than the kernels take, to a peer that reads nothing of it.
class TcpWatchFrozen : public TcpWatchTest {
 protected:
  static constexpr auto heartbeat = 4s;  // of `watch`
  static constexpr auto step = 100ms;

  void SetUp() override {
    TcpWatchTest::SetUp();
    fill(pair.receiver());
    wait_until_it_stands();
  }
  /// The kernels move some of it by themselves at first.
  void wait_until_it_stands() const {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    for (tcp_info info = pair.count(); info.tcpi_unacked > 0 || info.tcpi_notsent_bytes == 0; info = pair.count()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      fill(pair.receiver());
    }
  }
  static void fill(int fd) {
    const std::string chunk(100'000, 'x');
    while (::send(fd, chunk.data(), chunk.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) continue;
  }
  void look() { TcpWatchTest::look(step); }
  void look_for(std::chrono::milliseconds time) {
    for (const auto end = now + time; now < end;) look();
  }
};

TEST_F(TcpWatchFrozen, WhoTakesNothingOfWhatWaitsForAHeartbeat) {
  look_for(heartbeat);
  EXPECT_EQ(frozen, nobody);
  look();
  EXPECT_EQ(frozen, std::vector<int>{pair.receiver()});
  look_for(heartbeat);
  EXPECT_EQ(frozen.size(), 1U);
  look();
  EXPECT_EQ(frozen.size(), 2U) << "it has stood still for that long again";
}

TEST_F(TcpWatchFrozen, WhoTakesSomethingIsNot) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  for (int i = 0; i < 5; ++i) {
    look_for(heartbeat / 2);
    for (const auto before = pair.count().tcpi_bytes_acked; pair.count().tcpi_bytes_acked == before;) {
      pair.take_all();
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
    fill(pair.receiver());
  }
  EXPECT_EQ(frozen, nobody);
}

TEST_F(TcpWatchFrozen, WhoSendsSomethingIsNot) {
  for (int i = 0; i < 20; ++i) {
    look_for(heartbeat / 2);
    pair.send(1);
  }
  EXPECT_EQ(frozen, nobody);
}

TEST_F(TcpWatchFrozen, WhoWasHeardIsNot) {
  for (int i = 0; i < 20; ++i) {
    look_for(heartbeat / 2);
    watch.heard(pair.receiver(), now);
  }
  EXPECT_EQ(frozen, nobody);
}

TEST_F(TcpWatchFrozen, TheTimeInWhichNobodyLookedDoesNotCount) {
  look_for(heartbeat / 2);
  now += 1h;
  look_for(heartbeat / 4);
  EXPECT_EQ(frozen, nobody);
}

TEST(Standstill, BeginsWithWhatWaits) {
  Standstill standstill;
  EXPECT_FALSE(standstill.lasts({5, 7, false}, 0s, 4s, 2));
  EXPECT_FALSE(standstill.lasts({5, 7, true}, 10s, 4s, 2)) << "nothing waited before";
  EXPECT_FALSE(standstill.lasts({5, 7, true}, 13s, 4s, 2));
  EXPECT_TRUE(standstill.lasts({5, 7, true}, 14s, 4s, 2));
}

TEST(Standstill, TakesAsManyLooks) {
  Standstill standstill;
  for (int looks = 1; looks < 10; ++looks) EXPECT_FALSE(standstill.lasts({0, 9, true}, looks * 1h, 4s, 10));
  EXPECT_TRUE(standstill.lasts({0, 9, true}, 10h, 4s, 10));
}

TEST_F(TcpWatchFrozen, WhoHasTakenEverythingIsNot) {
  const TcpPair quiet;
  watch.ended(pair.receiver());
  watch.opened(quiet.receiver(), now);
  look_for(10 * heartbeat);
  EXPECT_EQ(frozen, nobody);
}

TEST_F(TcpWatchFrozen, AUnixSocketCanBe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  fill(ends[0]);
  watch.ended(pair.receiver());
  watch.opened(ends[0], now);
  look_for(heartbeat);
  EXPECT_EQ(frozen, nobody);
  std::array<char, 100'000> taken{};
  EXPECT_GT(read(ends[1], taken.data(), taken.size()), 0);
  look_for(heartbeat);
  EXPECT_EQ(frozen, nobody) << "it has taken something meanwhile";
  look();
  EXPECT_EQ(frozen, std::vector<int>{ends[0]});
  close(ends[0]);
  close(ends[1]);
}

TEST_F(TcpWatchTest, ThoseThatAreManyAreAllLookedAt) {
  for (int fd = 1000; fd < 30'000; ++fd) watch.opened(fd, now);  // no sockets
  pair.send(2 * message_bytes_max);
  for (int looks = 0; looks < 60 && endless.empty(); ++looks) {
    look();
    watch.read_empty(now);
  }
  EXPECT_EQ(endless, std::vector<int>{pair.receiver()});
}

}  // namespace
}  // namespace rollcall::io
