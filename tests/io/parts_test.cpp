// The small parts of io, each against the system facility that it stands for.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <set>

#include "io/fd_limit.hpp"
#include "io/peer_address.hpp"
#include "io/random.hpp"
#include "io/signals.hpp"
#include "io/wakeup.hpp"

namespace rollcall::io {
namespace {

bool is_readable(int fd) {
  pollfd item{fd, POLLIN, 0};
  return poll(&item, 1, 0) == 1;
}

TEST(Random, TokensDiffer) {
  std::set<wire::Token> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(random_token());
  EXPECT_EQ(tokens.size(), 1000U);
}

TEST(Wakeup, IsReadableFromSignalToTake) {
  Wakeup wakeup;
  EXPECT_FALSE(is_readable(wakeup.fd()));
  wakeup.signal();
  wakeup.signal();
  EXPECT_TRUE(is_readable(wakeup.fd()));
  EXPECT_TRUE(wakeup.take());
  EXPECT_FALSE(wakeup.take());
  EXPECT_FALSE(is_readable(wakeup.fd()));
}

TEST(Signals, AreTakenFromADescriptorInsteadOfEndingTheProcess) {
  Signals signals(true);
  kill(getpid(), SIGTERM);
  kill(getpid(), SIGHUP);
  EXPECT_TRUE(is_readable(signals.fd()));
  const Signals::Taken taken = signals.take();
  EXPECT_EQ(taken.stops, 1);
  EXPECT_EQ(taken.hangups, 1);
  EXPECT_EQ(signals.take().stops, 0);
}

TEST(FdLimit, NeverPromisesMoreThanAsked) {
  EXPECT_EQ(make_room_for_clients(1), 1U);
  EXPECT_LE(make_room_for_clients(100'000'000), 100'000'000U);
  EXPECT_GT(make_room_for_clients(100'000'000), 0U);
}

TEST(PeerAddress, AUnixPeerIsItsProcess) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  const core::Address address = peer_address(pair[0]);
  EXPECT_EQ(address.host, "ipc");
  EXPECT_EQ(address.port, static_cast<std::uint32_t>(getpid()));
  close(pair[0]);
  close(pair[1]);
}

TEST(PeerAddress, AnEndedConnectionHasNone) { EXPECT_EQ(peer_address(-1).host, "?"); }

}  // namespace
}  // namespace rollcall::io
