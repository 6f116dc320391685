// The door on real sockets: what a peer is told from, and what is believed of it (io/frontend.hpp, io/routing_ids.hpp).
#include "io/frontend.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "io/clock.hpp"
#include "io/endpoint_error.hpp"
#include "support/frozen_client.hpp"

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr auto deadline = 60s;

class FrontendTest : public ::testing::Test {
 protected:
  explicit FrontendTest(const Frontend::Options& options = {})
      : frontend_(context_, options), endpoint_(frontend_.bind("tcp://127.0.0.1:*")) {}

  zmq::socket_t peer(const std::string& routing_id = {}) {
    zmq::socket_t socket(context_, ZMQ_DEALER);
    socket.set(zmq::sockopt::linger, 0);
    if (!routing_id.empty()) socket.set(zmq::sockopt::routing_id, routing_id);
    socket.connect(endpoint_);
    return socket;
  }
  static void send(zmq::socket_t& socket, std::initializer_list<std::string> parts) {
    std::size_t left = parts.size();
    for (const std::string& part : parts) {
      socket.send(zmq::const_buffer(part.data(), part.size()),
                  --left > 0 ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  }
  /// Calls `attempt` whenever something may have come, until it gives true.
  template <typename Attempt>
  void wait_for(Attempt&& attempt) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!attempt()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "nothing came";
      std::array<pollfd, 2> items{{{frontend_.fd(), POLLIN, 0}, {frontend_.monitor_fd(), POLLIN, 0}}};
      poll(items.data(), items.size(), 100);
    }
  }
  /// Waits for one message, and does with it what server_loop.cpp does with those that it does not know.
  void wait_message() {
    messages_ = messages_.empty() ? messages_ : messages_.subspan(1);
    if (messages_.empty()) wait_for([this] { return !(messages_ = frontend_.receive(clock_now())).empty(); });
    Frontend::Incoming& message = messages_.front();
    read_monitor();
    refused_.reset();
    const auto sender = frontend_.sender(message);
    if (const auto* refusal = std::get_if<core::Refusal>(&sender)) {
      frontend_.refuse(message, *refusal);
      refused_ = *refusal;
    } else {
      received_ = Frontend::event(message, std::get<std::uint32_t>(sender), Frontend::fd_of(message));
    }
  }
  void read_monitor() {
    core::ServerEvent event;
    while (frontend_.receive_monitor(event)) monitored_.push_back(event);
  }
  void wait_monitored(std::size_t events) {
    wait_for([&] {
      read_monitor();
      return monitored_.size() >= events;
    });
  }

  zmq::context_t context_;
  Frontend frontend_;
  std::string endpoint_;
  std::span<Frontend::Incoming> messages_;  ///< of the burst that was read last; the first one is being looked at
  core::Received received_;
  std::optional<core::Refusal> refused_;
  std::vector<core::ServerEvent> monitored_;
};

TEST_F(FrontendTest, TellsAMessagesConnectionFromTheMonitorsPointOfView) {
  auto ana = peer();
  send(ana, {"oi"});
  wait_message();
  ASSERT_FALSE(refused_);
  const auto& received = received_;
  EXPECT_EQ(received.part, "oi");
  EXPECT_FALSE(received.delimited);
  wait_monitored(1);
  ASSERT_EQ(monitored_.size(), 1U);
  const auto opened = std::get<core::Opened>(monitored_[0]);
  EXPECT_EQ(opened.fd, received.fd);
  EXPECT_EQ(opened.address.host, "127.0.0.1");
  EXPECT_GT(opened.address.port, 0U);
  ana.close();
  wait_monitored(2);
  EXPECT_EQ(std::get<core::Closed>(monitored_[1]).fd, opened.fd);
}

TEST_F(FrontendTest, TakesOneDelimiterAndGivesItBack) {
  auto ana = peer();
  send(ana, {"", "oi"});
  wait_message();
  ASSERT_FALSE(refused_);
  const auto& received = received_;
  EXPECT_TRUE(received.delimited);
  EXPECT_FALSE(received.many_parts);
  EXPECT_EQ(frontend_.send({received.routing_id, true, "olá"}), Frontend::Sent::yes);
  zmq::message_t part;
  ASSERT_TRUE(ana.recv(part));
  EXPECT_EQ(part.size(), 0U);
  ASSERT_TRUE(part.more());
  ASSERT_TRUE(ana.recv(part));
  EXPECT_EQ(part.to_string(), "olá");
}

TEST_F(FrontendTest, PartsThatShareTheirMemoryArriveEachWithItsOwnText) {
  auto ana = peer();
  send(ana, {"oi"});
  wait_message();
  const std::string one(40, 'a');
  const std::string other(40, 'b');
  const std::vector<std::string> parts = {one, one, other, std::string(10'000, 'c'), other, "short", one};
  for (const std::string& part : parts) {
    ASSERT_EQ(frontend_.send({received_.routing_id, false, part}), Frontend::Sent::yes);
  }
  for (const std::string& part : parts) {
    zmq::message_t arrived;
    ASSERT_TRUE(ana.recv(arrived));
    EXPECT_EQ(arrived.to_string(), part);
  }
}

TEST_F(FrontendTest, SaysWhenThereAreTooManyParts) {
  auto ana = peer();
  send(ana, {"a", "b", "c"});
  send(ana, {"next"});
  wait_message();
  ASSERT_FALSE(refused_);
  EXPECT_TRUE(received_.many_parts);
  wait_message();
  ASSERT_FALSE(refused_);
  EXPECT_EQ(received_.part, "next");
}

TEST_F(FrontendTest, RefusesAChosenRoutingId) {
  auto ana = peer("ana");
  send(ana, {"oi"});
  wait_message();
  EXPECT_EQ(refused_, core::Refusal::chosen_routing_id);
  zmq::message_t part;
  ASSERT_TRUE(ana.recv(part));
  EXPECT_EQ(part.to_string().substr(0, 2), std::string("\x01\x86", 2));
}

TEST_F(FrontendTest, ASendToAPeerThatIsGoneSaysSo) {
  auto ana = peer();
  send(ana, {"oi"});
  wait_message();
  ASSERT_FALSE(refused_);
  const auto routing_id = received_.routing_id;
  ana.close();
  wait_for([&] {
    frontend_.receive(clock_now());  // libzmq looks after its connections on the way
    return frontend_.send({routing_id, false, "still there?"}) == Frontend::Sent::gone;
  });
}

class FrozenPeer : public FrontendTest {
 protected:
  // Longer than it takes to answer(), also on a slow machine.
  FrozenPeer() : FrontendTest({.limits = {}, .secret_key = {}, .heartbeat = 4s, .heartbeat_timeout = 500ms}) {}

  /// Waits for its message, and answers with so much that libzmq has not given all of it to the kernel.
  void answer() {
    wait_message();
    read_monitor();
    monitored_.clear();
    const std::string part(8'000'000, 'x');
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(frontend_.send({received_.routing_id, false, part}, received_.fd), Frontend::Sent::yes);
    }
  }
  core::Closed wait_closed() {
    wait_for([this] {
      EXPECT_TRUE(frontend_.look(clock_now()).empty());
      read_monitor();
      return !monitored_.empty();
    });
    return monitored_.empty() ? core::Closed{} : std::get<core::Closed>(monitored_[0]);
  }
};

TEST_F(FrozenPeer, LeavesEvenIfLibzmqCannotSendAPingBehindWhatWaits) {
  const test::FrozenClient ana(endpoint_);
  answer();
  EXPECT_TRUE(wait_closed().timed_out);
}

TEST_F(FrozenPeer, IsKnownToHaveTimedOutByWhoFindsItGoneBeforeTheMonitorIsRead) {
  const test::FrozenClient ana(endpoint_);
  answer();
  const int fd = received_.fd;
  EXPECT_FALSE(frontend_.waiting_end(fd));
  wait_for([this] {
    EXPECT_TRUE(frontend_.look(clock_now()).empty());
    frontend_.receive(clock_now());  // libzmq looks after its connections on the way
    return frontend_.send({received_.routing_id, false, "and this"}) == Frontend::Sent::gone;
  });
  const auto end = frontend_.waiting_end(fd);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->fd, fd);
  EXPECT_TRUE(end->timed_out);
  EXPECT_TRUE(end->silent);
  EXPECT_TRUE(wait_closed().timed_out);
  EXPECT_FALSE(frontend_.waiting_end(fd)) << "it has been given";
}

// A peer that took two parts, and whose ZeroMQ library does not read on, since nobody takes them from it. Where libzmq
// could send a PING before, it ends the connection itself, and over ipc nobody knows why.
TEST_F(FrozenPeer, OverIpcToo) {
  zmq::socket_t ana(context_, ZMQ_DEALER);
  ana.set(zmq::sockopt::linger, 0);
  ana.set(zmq::sockopt::rcvhwm, 1);
  ana.connect(frontend_.bind("ipc://@rollcall-frozen-" + std::to_string(getpid())));
  send(ana, {"oi"});
  answer();
  EXPECT_GE(wait_closed().fd, 0);
}

TEST_F(FrontendTest, ABusyPortIsAnErrorThatNamesIt) {
  try {
    frontend_.bind(endpoint_);
    FAIL();
  } catch (const EndpointError& error) {
    EXPECT_EQ(error.endpoint(), endpoint_);
    EXPECT_NE(std::string(error.what()).find("in use"), std::string::npos) << error.what();
  }
}

TEST(RoutingIds, BelievesOnlyWhatTheCounterCanHaveReached) {
  zmq::context_t context;
  zmq::socket_t router(context, ZMQ_ROUTER);
  RoutingIds ids(context, router);
  router.bind("inproc://peers");
  zmq::socket_t peer(context, ZMQ_DEALER);
  peer.connect("inproc://peers");
  peer.send(zmq::message_t(), zmq::send_flags::none);
  zmq::message_t routing_id;
  ASSERT_TRUE(router.recv(routing_id));
  EXPECT_EQ(std::get<core::Refusal>(ids.check(routing_id)), core::Refusal::forged_routing_id) << "nothing was accepted";
  ids.accepted();
  const auto counter = std::get<std::uint32_t>(ids.check(routing_id));
  EXPECT_EQ(routing_id_message(counter), routing_id);
  EXPECT_EQ(std::get<core::Refusal>(ids.check(routing_id_message(counter + 1))), core::Refusal::forged_routing_id);
  EXPECT_EQ(std::get<core::Refusal>(ids.check(routing_id_message(counter - 1))), core::Refusal::forged_routing_id);
  EXPECT_EQ(std::get<core::Refusal>(ids.check(zmq::message_t("ana", 3))), core::Refusal::chosen_routing_id);
}

}  // namespace
}  // namespace rollcall::io
