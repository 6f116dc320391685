// A Server in a thread of its own, on a free port, stopped at the end.
#pragma once

#include <string>
#include <thread>
#include <utility>

#include "rollcall/server.hpp"

namespace rollcall::test {

class RunningServer {
 public:
  explicit RunningServer(Handler handler = greeting(), ServerConfig config = {})
      : server_(with_free_port(std::move(config)), std::move(handler)), thread_([this] { end_ = server_.run(); }) {}
  ~RunningServer() { stop(); }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  [[nodiscard]] std::string endpoint() const { return server_.endpoints().front(); }
  [[nodiscard]] const Server& get() const { return server_; }
  Server::End stop() {
    if (thread_.joinable()) {
      server_.stop();
      thread_.join();
    }
    return end_;
  }

 private:
  static ServerConfig with_free_port(ServerConfig config) {
    config.endpoints = {"tcp://127.0.0.1:*"};
    return config;
  }

  Server server_;
  Server::End end_ = Server::End::abandoned;
  std::thread thread_;
};

}  // namespace rollcall::test
