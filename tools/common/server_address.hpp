// Where the server is: the options that every program has that talks to one. Main thread only.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace rollcall::tools {

struct ServerAddress {
  std::vector<std::string> servers;
  std::string host = "localhost";
  std::uint16_t port = 8080;
  std::string server_key;  ///< public; empty: connections have no keys
  std::string key_file;    ///< with the secret key of this side

  /// The first of `servers`, or the endpoint that host and port make.
  [[nodiscard]] std::string endpoint() const;
  /// All `servers` but the first.
  [[nodiscard]] std::vector<std::string> others() const;
};

/// Adds `--server`, which may be given `several` times or not, `--host`, `--port`, `--server-key` and `--key`.
void add_server_options(CLI::App& app, ServerAddress& address, bool several = false);

}  // namespace rollcall::tools
