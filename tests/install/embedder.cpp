// What README shows to people who embed the library, with a client in the same process to prove that it works.
#include <iostream>
#include <rollcall/client.hpp>
#include <rollcall/server.hpp>
#include <string>
#include <thread>

int main() {
  rollcall::ServerConfig config;
  config.endpoints = {"tcp://127.0.0.1:*"};
  rollcall::Server server(config, [](const rollcall::Request& request) {
    return "Hello, " + std::string(request.client) + ", one of " + std::to_string(request.count);
  });
  std::thread running([&server] { server.run(); });
  {
    rollcall::Client client({.endpoint = server.endpoints().front(), .name = "ana"});
    client.connect(std::chrono::seconds{20});
    std::cout << client.ask("Hello, Server!", std::chrono::seconds{20}).text << '\n';
  }
  server.stop();
  running.join();
}
