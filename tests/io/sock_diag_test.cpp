// What the kernel tells of real connections, whose ends are closed in every order.
#include "io/sock_diag.hpp"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <utility>
#include <vector>

#include "support/tcp_listener.hpp"

namespace rollcall::io {
namespace {

using test::TcpListener;

/// A connection that "we" have accepted.
class SockDiagTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    peer_ = listener_.connect();
    ours_ = listener_.accept();
    ASSERT_GE(peer_, 0);
    ASSERT_GE(ours_, 0);
    ends_ = tcp_ends(ours_);
    ASSERT_EQ(ends_.family, GetParam());
  }
  ~SockDiagTest() override {
    if (peer_ >= 0) close_peer();
    if (ours_ >= 0) close_ours();
  }
  void close_ours() { close(std::exchange(ours_, -1)); }
  void close_peer() { close(std::exchange(peer_, -1)); }
  void reset_by_peer() {
    const linger at_once{1, 0};
    setsockopt(peer_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close_peer();
  }
  static void wait_for_end(int fd) {
    pollfd item{fd, POLLIN, 0};
    ASSERT_EQ(poll(&item, 1, 60'000), 1);
  }
  std::optional<int> state() { return diag_.state_of(ends_); }

  TcpListener listener_{GetParam()};
  SockDiag diag_;
  TcpEnds ends_;
  int peer_ = -1;
  int ours_ = -1;
};

TEST_P(SockDiagTest, WhoseOwnerIsAboutToCloseItIsGivenUp) {
  EXPECT_EQ(state(), TCP_ESTABLISHED);
  EXPECT_TRUE(is_given_up(state()));
}

TEST_P(SockDiagTest, ItIsGivenUpWhereItsOwnerClosedFirst) {
  close_ours();
  const auto closed = state();
  EXPECT_TRUE(closed == TCP_FIN_WAIT1 || closed == TCP_FIN_WAIT2) << closed.value_or(0);
  EXPECT_TRUE(is_given_up(closed));
  wait_for_end(peer_);
  EXPECT_TRUE(is_given_up(state()));
  close_peer();
  EXPECT_EQ(state(), TCP_TIME_WAIT);
  EXPECT_TRUE(is_given_up(TCP_TIME_WAIT));
}

TEST_P(SockDiagTest, SoItIsWithUnsentData) {
  const std::vector<char> data(1 << 20);
  while (send(ours_, data.data(), data.size(), MSG_DONTWAIT) > 0) continue;
  close_ours();
  EXPECT_EQ(state(), TCP_FIN_WAIT1);
  EXPECT_TRUE(is_given_up(state()));
}

TEST_P(SockDiagTest, ItIsNotWhereThePeerClosedFirst) {
  close_peer();
  wait_for_end(ours_);
  EXPECT_EQ(state(), TCP_CLOSE_WAIT);
  EXPECT_FALSE(is_given_up(state()));
  close_ours();
  EXPECT_FALSE(is_given_up(state()));
}

TEST_P(SockDiagTest, ItIsNotWhereThePeerResetIt) {
  reset_by_peer();
  wait_for_end(ours_);
  EXPECT_EQ(state(), std::nullopt);
  EXPECT_FALSE(is_given_up(state()));
  close_ours();
  EXPECT_FALSE(is_given_up(state()));
}

TEST_P(SockDiagTest, OneThatNeverWasIsNotThere) {
  ends_.peer.port = static_cast<std::uint16_t>(ends_.peer.port ^ 0x0100U);
  EXPECT_EQ(state(), std::nullopt);
  EXPECT_EQ(diag_.state_of(TcpEnds{}), std::nullopt);
}

TEST_P(SockDiagTest, WhatWasAcceptedCountsUntilItsOwnerClosesIt) {
  const TcpEnds listening = tcp_ends(listener_.fd());
  EXPECT_EQ(diag_.accepted_at(listening), 1U);
  const int waiting = listener_.connect();
  EXPECT_EQ(diag_.accepted_at(listening), 1U) << "nobody has accepted it";
  const int accepted = listener_.accept();
  EXPECT_EQ(diag_.accepted_at(listening), 2U);
  close(waiting);
  EXPECT_EQ(diag_.accepted_at(listening), 2U) << "the peer has closed it, and its owner has not";
  close(accepted);
  EXPECT_EQ(diag_.accepted_at(listening), 1U);
  close_ours();
  EXPECT_EQ(diag_.accepted_at(listening), 0U) << "it is still waiting for its peer";
}

TEST_P(SockDiagTest, ThoseOfOthersDoNotCount) {
  const TcpListener other(GetParam());
  const int to_other = other.connect();
  const int by_other = other.accept();
  EXPECT_EQ(diag_.accepted_at(tcp_ends(listener_.fd())), 1U);
  EXPECT_EQ(diag_.accepted_at(tcp_ends(other.fd())), 1U);
  close(to_other);
  close(by_other);
}

TEST_P(SockDiagTest, WhoListensEverywhereHasThemAll) {
  const TcpListener everywhere(GetParam(), true);
  std::vector<int> fds;
  for (int i = 0; i < 500; ++i) {  // more than one answer of the kernel holds
    fds.push_back(everywhere.connect());
    fds.push_back(everywhere.accept());
  }
  EXPECT_EQ(diag_.accepted_at(tcp_ends(everywhere.fd())), 500U);
  for (const int fd : fds) close(fd);
}

INSTANTIATE_TEST_SUITE_P(IPv4, SockDiagTest, ::testing::Values(AF_INET));
INSTANTIATE_TEST_SUITE_P(IPv6, SockDiagTest, ::testing::Values(AF_INET6));

}  // namespace
}  // namespace rollcall::io
