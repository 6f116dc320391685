// The client's shell against a socket that a test holds in its own hands.
#include "io/client_loop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/encoded.hpp"

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;
using test::encoded;

constexpr auto deadline = 60s;

/// Whether this machine has a connection to `port` that its client has not closed.
bool is_open(unsigned port) {
  std::ifstream connections("/proc/self/net/tcp");
  std::string line;
  std::getline(connections, line);  // titles
  while (std::getline(connections, line)) {
    // "  0: 0100007F:1F90 0100007F:CE3A 01 ...": the ends as address and port, and the state
    unsigned remote_port = 0;
    unsigned state = 0;
    if (std::sscanf(line.c_str(), " %*d: %*x:%*x %*x:%x %x", &remote_port, &state) != 2) continue;
    const bool established = state == 0x01;
    const bool close_wait = state == 0x08;
    if (remote_port == port && (established || close_wait)) return true;
  }
  return false;
}

// What a server says last must not be lost because the client is slow: the client's thread is kept busy until the
// connection has ended.
TEST(ClientLoop, HearsWhatCameBeforeTheConnectionEnded) {
  zmq::context_t context;
  zmq::socket_t router(context, ZMQ_ROUTER);
  router.bind("tcp://127.0.0.1:*");
  const std::string endpoint = router.get(zmq::sockopt::last_endpoint);
  const auto port = static_cast<unsigned>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
  std::promise<void> welcomed;
  std::promise<void> busy;
  std::promise<void> ended;
  std::promise<std::string> last;
  ClientLoop loop({endpoint}, "ana", std::nullopt, [&](core::ClientEffect& effect, const std::string&) {
    if (std::holds_alternative<core::ClientWelcomed>(effect)) {
      welcomed.set_value();
    } else if (std::holds_alternative<core::ClientOutcome>(effect)) {
      busy.set_value();
      ended.get_future().wait();
    } else if (const auto* closing = std::get_if<core::ClientClosing>(&effect)) {
      last.set_value(closing->text);
    } else if (std::holds_alternative<core::ClientLost>(effect)) {
      try {
        last.set_value("nothing");
      } catch (const std::future_error&) {  // it has its value
      }
    }
  });
  zmq::message_t peer;
  zmq::message_t hello;
  ASSERT_TRUE(router.recv(peer));
  ASSERT_TRUE(router.recv(hello));
  const auto say = [&](const std::string& part) {
    router.send(zmq::const_buffer(peer.data(), peer.size()), zmq::send_flags::sndmore);
    router.send(zmq::const_buffer(part.data(), part.size()), zmq::send_flags::none);
  };
  wire::Welcome welcome;
  welcome.window = 1;
  welcome.max_message_bytes = 4096;
  say(encoded(welcome));
  ASSERT_EQ(welcomed.get_future().wait_for(deadline), std::future_status::ready);
  loop.ask(std::string(2 * welcome.max_message_bytes, 'x'));  // ends at once, with nothing to read before it
  ASSERT_EQ(busy.get_future().wait_for(deadline), std::future_status::ready);
  say(encoded(wire::Closing{wire::ClosingReason::draining, 0, "the end"}));
  router.close();
  context.close();  // when all of it is sent
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (is_open(port) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  ended.set_value();
  auto heard = last.get_future();
  ASSERT_EQ(heard.wait_for(deadline), std::future_status::ready);
  EXPECT_EQ(heard.get(), "the end");
}

}  // namespace
}  // namespace rollcall::io
