// Many clients in one thread, against a server in a process of its own: io/client_swarm.hpp.
#include "io/client_swarm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <zmq.hpp>

#include "io/clock.hpp"
#include "io/endpoint_error.hpp"
#include "support/server_process.hpp"
#include "wire/codec.hpp"

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;
using core::ClientOutcome;
using Id = ClientSwarm::Id;

constexpr auto deadline = 60s;

class ClientSwarmTest : public ::testing::Test {
 protected:
  /// What was reported of one client.
  struct Seen {
    int welcomed = 0;
    int lost = 0;
    int counted = 0;
    int closed = 0;
    std::map<std::uint64_t, std::vector<ClientOutcome>> outcomes;
    std::uint32_t count = 0;  ///< the newest
  };

  void connect(const std::string& endpoint, std::size_t clients_max = 10) {
    swarm_ = std::make_unique<ClientSwarm>(endpoint, clients_max,
                                           [this](Id id, const core::ClientEffect& effect) { note(id, effect); });
  }
  void note(Id id, const core::ClientEffect& effect) {
    Seen& seen = seen_[id];
    if (const auto* welcomed = std::get_if<core::ClientWelcomed>(&effect)) {
      ++seen.welcomed;
      ++welcomed_;
      seen.count = welcomed->count;
    }
    if (const auto* counted = std::get_if<core::ClientCounted>(&effect)) {
      ++seen.counted;
      seen.count = counted->count;
    }
    seen.lost += std::holds_alternative<core::ClientLost>(effect) ? 1 : 0;
    seen.closed += std::holds_alternative<core::ClientClosed>(effect) ? 1 : 0;
    if (const auto* outcome = std::get_if<ClientOutcome>(&effect)) {
      seen.outcomes[outcome->id].push_back(*outcome);
      ++outcomes_;
    }
    if (then_) then_(id, effect);
  }
  template <typename Condition>
  [[nodiscard]] ::testing::AssertionResult until(Condition condition) {
    const auto end = clock_now() + deadline;
    while (!condition()) {
      if (clock_now() > end) return ::testing::AssertionFailure() << "not in time";
      swarm_->wait(end);
    }
    return ::testing::AssertionSuccess();
  }
  [[nodiscard]] Id join(const std::string& name = "ana") {
    const Id id = swarm_->open(name);
    EXPECT_TRUE(until([&] { return seen_[id].welcomed == 1; }));
    return id;
  }
  /// Asks for the count until it is `count`.
  [[nodiscard]] ::testing::AssertionResult counts(Id asker, std::uint32_t count) {
    Seen& seen = seen_[asker];
    const auto end = clock_now() + deadline;
    do {
      const int before = seen.counted;
      swarm_->count(asker);
      if (!until([&] { return seen.counted > before; })) break;
      if (seen.count == count) return ::testing::AssertionSuccess();
    } while (clock_now() < end);
    return ::testing::AssertionFailure() << "the count is " << seen.count;
  }

  std::unique_ptr<ClientSwarm> swarm_;
  std::map<Id, Seen> seen_;
  std::size_t welcomed_ = 0;
  std::size_t outcomes_ = 0;
  std::function<void(Id, const core::ClientEffect&)> then_;
};

TEST_F(ClientSwarmTest, JoinsAsksAndLeaves) {
  test::ServerProcess server;
  connect(server.endpoint());
  const Id ana = join("ana");
  const Id bia = join("bia");
  EXPECT_EQ(swarm_->size(), 2U);
  EXPECT_EQ(seen_[bia].count, 2U);
  EXPECT_EQ(swarm_->ask(bia, "who am I"), 1U);
  ASSERT_TRUE(until([&] { return outcomes_ == 1; }));
  EXPECT_EQ(seen_[bia].outcomes[1].front().kind, ClientOutcome::Kind::reply);
  EXPECT_EQ(seen_[bia].outcomes[1].front().text, "bia 2 am I");
  swarm_->leave(bia);
  ASSERT_TRUE(until([&] { return seen_[bia].closed == 1; }));
  EXPECT_EQ(swarm_->size(), 1U);
  EXPECT_TRUE(counts(ana, 1));
  EXPECT_EQ(swarm_->ask(bia, "too late"), 0U);
}

TEST_F(ClientSwarmTest, ACutIsALossForTheServerAndSilenceHere) {
  test::ServerProcess server;
  connect(server.endpoint());
  const Id ana = join("ana");
  const Id bia = join("bia");
  swarm_->ask(bia, "never answered");
  swarm_->cut(bia);
  EXPECT_TRUE(counts(ana, 1));
  EXPECT_TRUE(seen_[bia].outcomes.empty());
  EXPECT_EQ(seen_[bia].lost + seen_[bia].closed, 0);
  EXPECT_EQ(swarm_->size(), 1U);
}

TEST_F(ClientSwarmTest, RepliesComeInTheOrderOfRequests) {
  test::ServerProcess server({"--workers", "4"});
  connect(server.endpoint());
  const Id ana = join();
  std::vector<std::uint64_t> order;
  then_ = [&](Id, const core::ClientEffect& effect) {
    if (const auto* outcome = std::get_if<ClientOutcome>(&effect)) order.push_back(outcome->id);
  };
  for (int i = 0; i < 1000; ++i) swarm_->ask(ana, "more than the window");
  ASSERT_TRUE(until([&] { return outcomes_ == 1000; }));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(ClientSwarmTest, AReportMayCallAnything) {
  test::ServerProcess server;
  connect(server.endpoint());
  const Id ana = join("ana");
  const Id bia = join("bia");
  const Id eva = join("eva");
  Id leo = 0;
  then_ = [&](Id id, const core::ClientEffect& effect) {
    const auto* outcome = std::get_if<ClientOutcome>(&effect);
    if (outcome == nullptr) return;
    if (id == ana && outcome->id < 100) swarm_->ask(ana, "again");
    if (id == ana && outcome->id == 50) {
      swarm_->cut(eva);
      swarm_->leave(bia);
      leo = swarm_->open("leo");
      swarm_->ask(leo, "asked before it was welcome");
    }
    if (id == leo) swarm_->cut(leo);
  };
  swarm_->ask(ana, "first");
  swarm_->ask(eva, "perhaps");
  ASSERT_TRUE(until([&] {
    return seen_[ana].outcomes.size() == 100 && seen_[bia].closed == 1 && leo != 0 && !seen_[leo].outcomes.empty();
  }));
  then_ = nullptr;
  EXPECT_TRUE(counts(ana, 1));
  EXPECT_EQ(swarm_->size(), 1U);
}

TEST_F(ClientSwarmTest, AKilledServerMakesEachUnansweredRequestUnknownOnce) {
  test::ServerProcess server;
  connect(server.endpoint());
  const Id ana = join("ana");
  const Id bia = join("bia");
  swarm_->ask(ana, "sleep 60000 x");
  swarm_->ask(ana, "behind it");
  swarm_->ask(bia, "answered");
  ASSERT_TRUE(until([&] { return outcomes_ == 1; }));
  server.end(SIGKILL);
  ASSERT_TRUE(until([&] { return seen_[ana].lost == 1 && seen_[bia].lost == 1; }));
  swarm_->ask(bia, "for the next server");
  EXPECT_EQ(outcomes_, 1U) << "nobody can know yet what became of them";
  server.restart();
  ASSERT_TRUE(until([&] { return seen_[ana].welcomed == 2 && seen_[bia].welcomed == 2 && outcomes_ == 4; }));
  for (const std::uint64_t id : {1U, 2U}) {
    ASSERT_EQ(seen_[ana].outcomes[id].size(), 1U);
    EXPECT_EQ(seen_[ana].outcomes[id].front().kind, ClientOutcome::Kind::unknown);
  }
  ASSERT_EQ(seen_[bia].outcomes[2].size(), 1U);
  EXPECT_EQ(seen_[bia].outcomes[2].front().kind, ClientOutcome::Kind::reply);
  EXPECT_TRUE(counts(ana, 2));
}

TEST_F(ClientSwarmTest, AStoppedServerIsWaitedFor) {
  test::ServerProcess server;
  connect(server.endpoint());
  const Id ana = join();
  server.stop();
  for (int i = 0; i < 10; ++i) swarm_->ask(ana, "?");
  swarm_->wait(clock_now() + 1s);
  EXPECT_EQ(outcomes_, 0U);
  server.signal(SIGCONT);
  ASSERT_TRUE(until([&] { return outcomes_ == 10; }));
  EXPECT_EQ(seen_[ana].lost, 0);
}

TEST_F(ClientSwarmTest, JoinsWhenTheServerComes) {
  test::ServerProcess server;
  server.end(SIGKILL);
  connect(server.endpoint());
  const Id ana = swarm_->open("ana");
  swarm_->ask(ana, "early");
  swarm_->wait(clock_now() + 100ms);
  EXPECT_TRUE(seen_[ana].outcomes.empty());
  server.restart();
  ASSERT_TRUE(until([&] { return outcomes_ == 1; }));
  EXPECT_EQ(seen_[ana].outcomes[1].front().kind, ClientOutcome::Kind::reply);
}

TEST_F(ClientSwarmTest, LeavingWithoutAServerEndsAtOnce) {
  test::ServerProcess server;
  server.end(SIGKILL);
  connect(server.endpoint());
  const Id ana = swarm_->open("ana");
  swarm_->ask(ana, "?");
  swarm_->leave(ana);
  ASSERT_TRUE(until([&] { return seen_[ana].closed == 1; }));
  EXPECT_EQ(seen_[ana].outcomes[1].front().kind, ClientOutcome::Kind::error);
  EXPECT_EQ(swarm_->size(), 0U);
}

TEST_F(ClientSwarmTest, AThousandIdleOnesAndAFewBusyOnes) {
  constexpr std::size_t idle = 1000;
  ASSERT_EQ(ClientSwarm::make_room(idle + 3), idle + 3);
  test::ServerProcess server;
  connect(server.endpoint(), idle + 3);
  for (std::size_t i = 0; i < idle; ++i) swarm_->open("idle");
  ASSERT_TRUE(until([&] { return welcomed_ == idle; }));
  const std::array<Id, 3> busy = {join(), join(), join()};
  EXPECT_EQ(seen_[busy[2]].count, idle + 3);
  then_ = [&](Id id, const core::ClientEffect& effect) {
    if (std::holds_alternative<ClientOutcome>(effect) && outcomes_ < 3000) swarm_->ask(id, "x");
  };
  for (const Id id : busy) swarm_->ask(id, "x");
  ASSERT_TRUE(until([&] { return outcomes_ >= 3000; }));
  for (Id id = 1; id <= idle; ++id) swarm_->cut(id);
  EXPECT_TRUE(counts(busy[0], 3));
}

/// A server that is there again before anybody has looked: it tells when a connection stands.
class Impostor {
 public:
  explicit Impostor(const std::string& endpoint) {
    router_.set(zmq::sockopt::linger, 0);
    events_.set(zmq::sockopt::linger, 0);
    zmq_socket_monitor(router_.handle(), "inproc://events", ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED);
    events_.connect("inproc://events");
    router_.bind(endpoint);
  }
  [[nodiscard]] bool wait_connected() {
    zmq::pollitem_t item{events_.handle(), 0, ZMQ_POLLIN, 0};
    if (zmq::poll(&item, 1, deadline) != 1) return false;
    zmq::message_t event;
    zmq::message_t address;
    // The client's side knows a little later than this one, and nothing tells here that it does: a moment, in which a
    // lost connection would be told.
    return events_.recv(event) && events_.recv(address) && zmq::poll(&item, 1, 200ms) == 0;
  }
  /// Takes the messages that are there up to a HELLO, and welcomes its client.
  bool welcome() {
    zmq::message_t id;
    zmq::message_t part;
    while (router_.recv(id, zmq::recv_flags::dontwait) && router_.recv(part)) {
      if (!std::holds_alternative<wire::Hello>(wire::decode_client_message(part.to_string_view()))) continue;
      wire::Welcome message;
      message.token = {9};
      message.window = 1;
      message.max_message_bytes = 1000;
      std::string bytes;
      wire::encode(message, bytes);
      router_.send(id, zmq::send_flags::sndmore);
      router_.send(zmq::buffer(bytes), zmq::send_flags::none);
      return true;
    }
    return false;
  }

 private:
  zmq::context_t context_;
  zmq::socket_t router_{context_, ZMQ_ROUTER};
  zmq::socket_t events_{context_, ZMQ_PAIR};
};

TEST_F(ClientSwarmTest, ALossThatNobodyLookedAtIsNoticed) {
  test::ServerProcess server;
  connect(server.endpoint());
  const Id ana = join();
  swarm_->ask(ana, "sleep 60000 x");
  swarm_->wait(clock_now() + 10ms);
  server.end(SIGKILL);
  Impostor impostor(server.endpoint());
  ASSERT_TRUE(impostor.wait_connected());
  const auto end = clock_now() + deadline;
  while (!impostor.welcome()) {
    ASSERT_LT(clock_now(), end) << "it never said HELLO";
    swarm_->wait(clock_now() + 10ms);
  }
  ASSERT_TRUE(until([&] { return seen_[ana].welcomed == 2; }));
  EXPECT_EQ(seen_[ana].lost, 1);
  ASSERT_TRUE(until([&] { return outcomes_ == 1; }));
  EXPECT_EQ(seen_[ana].outcomes[1].front().kind, ClientOutcome::Kind::unknown);
}

TEST_F(ClientSwarmTest, AnEndpointThatIsNoneIsToldAtOnce) {
  for (const char* endpoint : {"tcp:/nonsense", "http://127.0.0.1:80", ""}) {
    EXPECT_THROW(connect(endpoint), EndpointError) << endpoint;
  }
}

}  // namespace
}  // namespace rollcall::io
