// Why a client left, as a real server's observer is told.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>

#include "rollcall/server.hpp"
#include "support/frozen_client.hpp"
#include "support/running_server.hpp"

namespace rollcall {
namespace {

using namespace std::chrono_literals;

constexpr auto deadline = 60s;

/// The loop is held up between a client's message and the answer to it, so that it finds the client gone before it
/// reads why.
TEST(LeaveReason, IsTheSameForWhoIsFoundGoneByAnAnswer) {
  std::promise<const test::FrozenClient*> frozen;
  std::promise<std::string> reason;
  ServerConfig config;
  config.heartbeat = 1s;
  config.heartbeat_timeout = 500ms;
  config.observer = [&reason, client = frozen.get_future().share()](const ServerEvent& event) {
    if (event.kind == ServerEvent::Kind::joined) client.get()->wait_ended();
    if (event.kind == ServerEvent::Kind::left) reason.set_value(std::string(event.reason));
  };
  test::RunningServer server(greeting(), std::move(config));
  const test::FrozenClient client(server.endpoint());
  frozen.set_value(&client);
  auto told = reason.get_future();
  ASSERT_EQ(told.wait_for(deadline), std::future_status::ready);
  EXPECT_EQ(told.get(), "timed_out");
}

}  // namespace
}  // namespace rollcall
