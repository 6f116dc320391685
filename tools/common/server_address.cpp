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

std::string ServerAddress::endpoint() const {
  return servers.empty() ? fmt::format("tcp://{}:{}", host, port) : servers.front();
}

std::vector<std::string> ServerAddress::others() const {
  return servers.empty() ? servers : std::vector<std::string>(servers.begin() + 1, servers.end());
}

void add_server_options(CLI::App& app, ServerAddress& address, bool several) {
  const std::string what = "ZeroMQ endpoint of the server, such as tcp://localhost:8080 or ipc:///run/rollcall";
  app.add_option("--server", address.servers, several ? what + "; repeatable: where to turn after a loss" : what)
      ->multi_option_policy(several ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast)
      ->default_str("")
      ->expected(1)
      ->allow_extra_args(false)
      ->type_name("ENDPOINT")
      ->check(CLI::Validator(is_endpoint, ""));
  app.add_option("--host", address.host, "Its host, where --server is not given");
  app.add_option("--port", address.port, "Its TCP port, where --server is not given");
  app.add_option("--server-key", address.server_key, "Its public key, where connections have keys")->type_name("KEY");
  app.add_option("--key", address.key_file, "File with your secret key, where connections have keys")
      ->type_name("FILE");
}

}  // namespace rollcall::tools
