// Where the server is: the options that every program has that talks to one. Main thread only.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace rollcall::tools {

struct ServerAddress {
  std::string server;
  std::string host = "localhost";
  std::uint16_t port = 8080;

  /// `server`, or the endpoint that host and port make.
  [[nodiscard]] std::string endpoint() const;
};

/// Adds `--server`, `--host` and `--port`.
void add_server_options(CLI::App& app, ServerAddress& address);

}  // namespace rollcall::tools
