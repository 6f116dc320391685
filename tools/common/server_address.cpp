#include "common/server_address.hpp"

#include <fmt/format.h>

namespace rollcall::tools {
namespace {

/// What is wrong with an endpoint, for CLI11.
std::string is_endpoint(const std::string& text) {
  if (text.starts_with("tcp://") || text.starts_with("ipc://")) return {};
  return "'" + text + "' is not an endpoint: give tcp://HOST:PORT or ipc://PATH";
}

}  // namespace

std::string ServerAddress::endpoint() const { return server.empty() ? fmt::format("tcp://{}:{}", host, port) : server; }

void add_server_options(CLI::App& app, ServerAddress& address) {
  app.add_option("--server", address.server,
                 "ZeroMQ endpoint of the server, such as tcp://localhost:8080 or ipc:///run/rollcall")
      ->type_name("ENDPOINT")
      ->check(CLI::Validator(is_endpoint, ""));
  app.add_option("--host", address.host, "Its host, where --server is not given");
  app.add_option("--port", address.port, "Its TCP port, where --server is not given");
}

}  // namespace rollcall::tools
