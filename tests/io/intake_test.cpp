// Connections that send without end, on real TCP sockets, with a clock of the test's own.
#include "io/intake.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t message_bytes_max = 100'000;

/// A TCP connection whose receiving end is read like libzmq would.
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

 private:
  void read(std::size_t bytes) const {
    std::string into(bytes, '\0');
    ASSERT_EQ(recv(receiver_, into.data(), bytes, MSG_WAITALL), static_cast<ssize_t>(bytes));
  }

  int sender_ = -1;
  int receiver_ = -1;
};

class IntakeTest : public ::testing::Test {
 protected:
  void SetUp() override { intake.opened(pair.receiver()); }
  std::vector<int> look_again() {
    now += 1s;
    return intake.look(now);
  }
  const std::vector<int> nobody;

  TcpPair pair;
  Intake intake{message_bytes_max};
  core::Time now{0};
};

TEST_F(IntakeTest, WhoSendsMoreThanAMessageMayHaveIsFoundAtTheSecondLook) {
  look_again();
  look_again();  // from here on, what comes counts
  pair.send(2 * message_bytes_max);
  EXPECT_EQ(look_again(), nobody);
  EXPECT_EQ(look_again(), std::vector<int>{pair.receiver()});
}

TEST_F(IntakeTest, WhoWasHeardMeanwhileIsNotBlamed) {
  look_again();
  look_again();
  for (int i = 0; i < 20; ++i) {
    pair.send(message_bytes_max);
    intake.heard(pair.receiver());
    EXPECT_EQ(look_again(), nobody);
  }
}

TEST_F(IntakeTest, AMessageThatTakesLongIsNotEndless) {
  look_again();
  look_again();
  for (int i = 0; i < 10; ++i) {
    pair.send(message_bytes_max / 10);
    EXPECT_EQ(look_again(), nobody);
  }
}

TEST_F(IntakeTest, WhatTheKernelStillHasIsNobodysMemory) {
  look_again();
  look_again();
  pair.reads = false;
  pair.send(2 * message_bytes_max);
  EXPECT_EQ(look_again(), nobody);
  EXPECT_EQ(look_again(), nobody);
}

TEST_F(IntakeTest, HeartbeatsAreForgiven) {
  look_again();
  look_again();
  for (int hours = 0; hours < 100; ++hours) {
    pair.send(10'000);
    now += 1h;
    EXPECT_EQ(look_again(), nobody);
  }
}

TEST_F(IntakeTest, IsDueOnlyWhileSomethingIsOpen) {
  EXPECT_TRUE(intake.next_look());
  intake.ended(pair.receiver());
  EXPECT_FALSE(intake.next_look());
  EXPECT_EQ(look_again(), nobody);
}

TEST_F(IntakeTest, OneThatEndedAndOneThatIsNoSocketAreNobody) {
  intake.opened(pair.receiver() + 1000);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(look_again(), nobody);
}

}  // namespace
}  // namespace rollcall::io
