// Which I/O thread a connection really lands on (io/listeners.hpp): read from the kernel, which lists what each epoll
// instance waits for.
#include "io/listeners.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "io/monitor.hpp"

namespace rollcall::io {
namespace {

constexpr int io_threads = 5;
constexpr std::size_t a_threads_share = 2000;

/// The descriptor of the epoll instance that `fd` is registered with.
std::optional<int> epoll_of(int fd) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream file(entry.path());
    std::string line;
    while (std::getline(file, line)) {
      if (line.starts_with("tfd:") && std::stoi(line.substr(4)) == fd) return std::stoi(entry.path().filename());
    }
  }
  return std::nullopt;
}

class ListenersTest : public ::testing::Test {
 protected:
  void start(std::size_t spread) {
    listeners_.emplace(io_threads, spread);
    router_.set(zmq::sockopt::affinity, Listeners::first_thread);
    router_.bind("tcp://127.0.0.1:*");
    endpoint_ = router_.get(zmq::sockopt::last_endpoint);
    const auto listening = wait_for(ZMQ_EVENT_LISTENING);
    listeners_->share(router_, listening, endpoint_);
    socklen_t size = sizeof address_;
    ASSERT_EQ(getsockname(listening, reinterpret_cast<sockaddr*>(&address_), &size), 0);
  }
  void TearDown() override {
    for (const int fd : clients_) close(fd);
    monitor_.close();
  }

  /// The value of the next such event.
  int wait_for(int kind) {
    while (true) {
      if (const auto event = monitor_.receive()) {
        if (event->kind == kind) return event->value;
        continue;
      }
      pollfd item{monitor_.fd(), POLLIN, 0};
      poll(&item, 1, 100);
    }
  }
  /// Connects, and returns the epoll instance that the server's side of it ends up with.
  int connect_one() {
    clients_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(clients_.back(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0);
    const int fd = wait_for(ZMQ_EVENT_ACCEPTED);
    listeners_->opened();
    std::optional<int> epoll;
    while (!(epoll = epoll_of(fd))) poll(nullptr, 0, 1);  // libzmq registers it soon after
    return *epoll;
  }

  zmq::context_t context_{io_threads};
  zmq::socket_t router_{context_, ZMQ_ROUTER};
  Monitor monitor_{context_, router_, ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED, "listeners"};
  std::optional<Listeners> listeners_;
  std::string endpoint_;
  sockaddr_in address_{};
  std::vector<int> clients_;
};

TEST_F(ListenersTest, FewConnectionsShareOneThread) {
  start(1);
  std::set<int> epolls;
  for (int i = 0; i < 20; ++i) epolls.insert(connect_one());
  EXPECT_EQ(epolls.size(), 1U);
}

TEST_F(ListenersTest, SeveralTakeTurnsFromTheStartWhereThereAreCoresForThem) {
  start(2);
  std::set<int> epolls;
  for (int i = 0; i < 20; ++i) epolls.insert(connect_one());
  EXPECT_EQ(epolls.size(), 2U);
}

TEST_F(ListenersTest, AFullThreadIsFollowedByTheNext) {
  start(1);
  const int first = connect_one();
  for (std::size_t i = 1; i < a_threads_share; ++i) EXPECT_EQ(listeners_->opened(), 0);
  const int second = connect_one();
  EXPECT_NE(second, first);
  EXPECT_EQ(connect_one(), second);
  for (std::size_t i = 0; i < a_threads_share / 2; ++i) listeners_->closed(0);
  connect_one();  // this one may have been under way
  EXPECT_EQ(connect_one(), first) << "there is room again";
}

TEST_F(ListenersTest, AboveAllSharesTheLeastBusyThreadIsNext) {
  start(1);
  for (std::size_t i = 0; i < io_threads * a_threads_share; ++i) listeners_->opened();
  std::set<int> epolls;
  for (int i = 0; i < io_threads; ++i) epolls.insert(connect_one());
  EXPECT_EQ(epolls.size(), io_threads);
}

TEST_F(ListenersTest, NobodyElseGetsThePort) {
  start(1);
  zmq::socket_t other(context_, ZMQ_ROUTER);
  EXPECT_THROW(other.bind(endpoint_), zmq::error_t);
}

TEST(Listeners, AnIoThreadForEveryTwoThousandClientsFiveAtMost) {
  EXPECT_EQ(Listeners::io_threads(1), 1);
  EXPECT_EQ(Listeners::io_threads(3999), 1);
  EXPECT_EQ(Listeners::io_threads(4000), 2);
  EXPECT_EQ(Listeners::io_threads(10'000), 5);
  EXPECT_EQ(Listeners::io_threads(1'000'000), 5);
}

}  // namespace
}  // namespace rollcall::io
