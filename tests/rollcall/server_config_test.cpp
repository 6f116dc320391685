// Settings out of their range: each is refused with an error that names it and says what to give.
#include <gtest/gtest.h>
#include <unistd.h>

#include "rollcall/client.hpp"
#include "rollcall/server.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

void expect_refused(const char* setting, const ServerConfig& config) {
  try {
    const Server server(config);
    FAIL() << setting;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::config) << error.what();
    EXPECT_TRUE(std::string(error.what()).starts_with(setting)) << error.what();
  }
}

ServerConfig config_with(void (*change)(ServerConfig&)) {
  ServerConfig config;
  config.endpoints = {"tcp://127.0.0.1:*"};
  change(config);
  return config;
}

TEST(ServerConfig, RangesAreChecked) {
  expect_refused("workers", config_with([](ServerConfig& c) { c.workers = 0; }));
  expect_refused("workers", config_with([](ServerConfig& c) { c.workers = 1025; }));
  expect_refused("max-clients", config_with([](ServerConfig& c) { c.clients_max = 0; }));
  expect_refused("window", config_with([](ServerConfig& c) { c.window = 0; }));
  expect_refused("max-message", config_with([](ServerConfig& c) { c.message_bytes_max = 10; }));
  expect_refused("max-unread", config_with([](ServerConfig& c) { c.unread_bytes_max = 1000; }));
  expect_refused("max-unread-total", config_with([](ServerConfig& c) { c.total_unread_bytes_max = 1000; }));
  expect_refused("max-unread-total", config_with([](ServerConfig& c) { c.message_bytes_max = std::size_t{1} << 30U; }));
  expect_refused("heartbeat", config_with([](ServerConfig& c) { c.heartbeat = 1ms; }));
  expect_refused("heartbeat-timeout", config_with([](ServerConfig& c) { c.heartbeat_timeout = 0ms; }));
  expect_refused("drain-timeout", config_with([](ServerConfig& c) { c.drain_timeout = -1ms; }));
}

TEST(ServerConfig, EndpointsAreLoopbackUnlessSaidOtherwise) {
  expect_refused("bind", config_with([](ServerConfig& c) { c.endpoints = {}; }));
  expect_refused("bind", config_with([](ServerConfig& c) { c.endpoints = {"localhost:80"}; }));
  for (const char* endpoint : {"tcp://127.0.0.1", "tcp://127.0.0.1:99999", "tcp://127.0.0.1:1;0.0.0.0:8080",
                               "tcp://127.0.0.1:", "tcp://:80", "tcp://127.0.0.1:8o", "ipc://", "udp://127.0.0.1:1"}) {
    ServerConfig config;
    config.endpoints = {endpoint};
    expect_refused("bind", config);
  }
  expect_refused("bind", config_with([](ServerConfig& c) { c.endpoints = {"tcp://0.0.0.0:*"}; }));
  expect_refused("bind", config_with([](ServerConfig& c) { c.endpoints = {"tcp://*:*"}; }));
  expect_refused("bind", config_with([](ServerConfig& c) { c.endpoints = {"tcp://127.evil.example:80"}; }));
  const Server open(config_with([](ServerConfig& c) {
    c.endpoints = {"tcp://0.0.0.0:*"};
    c.insecure = true;
  }));
  EXPECT_EQ(open.endpoints().size(), 1U);
}

TEST(ServerConfig, LocalhostIsAnAddress) {
  const Server server(config_with([](ServerConfig& c) { c.endpoints = {"tcp://localhost:*"}; }));
  EXPECT_TRUE(server.endpoints()[0].starts_with("tcp://127.0.0.1:")) << server.endpoints()[0];
}

// libzmq would take the path away from the server that has it.
TEST(ServerConfig, AUnixSocketThatIsServedIsTaken) {
  ServerConfig config;
  config.endpoints = {"ipc://" + ::testing::TempDir() + "rollcall-taken-" + std::to_string(getpid())};
  const Server first(config);
  try {
    const Server second(config);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::endpoint) << error.what();
  }
}

TEST(ServerConfig, ABusyPortIsAnEndpointError) {
  const Server first(config_with([](ServerConfig&) {}));
  ServerConfig same;
  same.endpoints = first.endpoints();
  try {
    const Server second(same);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::endpoint);
    EXPECT_NE(std::string(error.what()).find(first.endpoints()[0]), std::string::npos) << error.what();
  }
}

TEST(ClientConfig, NamesAndEndpointsAreChecked) {
  EXPECT_THROW(Client({.endpoint = "tcp://localhost:1", .name = std::string(129, 'x')}), Error);
  EXPECT_THROW(Client({.endpoint = "tcp://localhost:1", .name = "\xff"}), Error);
  EXPECT_THROW(Client({.endpoint = "nowhere", .name = ""}), Error);
}

}  // namespace
}  // namespace rollcall
