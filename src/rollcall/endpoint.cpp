#include "rollcall/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "rollcall/error.hpp"

namespace rollcall {
namespace {

bool is_port(std::string_view text) {
  if (text == "*") return true;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port <= 65'535;
}

bool is_endpoint(std::string_view endpoint) {
  if (endpoint.find(';') != std::string_view::npos) return false;  // libzmq binds what comes after it
  constexpr std::string_view tcp = "tcp://";
  constexpr std::string_view ipc = "ipc://";
  if (endpoint.starts_with(ipc)) return endpoint.size() > ipc.size();
  if (!endpoint.starts_with(tcp)) return false;
  const std::string_view rest = endpoint.substr(tcp.size());
  const std::size_t colon = rest.rfind(':');
  return colon != std::string_view::npos && colon > 0 && is_port(rest.substr(colon + 1));
}

}  // namespace

void check_endpoint(const std::string& setting, const std::string& endpoint) {
  if (is_endpoint(endpoint)) return;
  throw Error(Error::Kind::config, setting + ": " + endpoint +
                                       " is not an endpoint: give tcp://ADDRESS:PORT (port up to 65535) or ipc://PATH");
}

bool is_local(const std::string& endpoint) {
  constexpr std::string_view loopback_v4 = "tcp://127.";
  if (endpoint.starts_with(loopback_v4)) {
    // A host name may begin like an address.
    const std::size_t end = endpoint.find_first_not_of("0123456789.", loopback_v4.size());
    return end != std::string::npos && endpoint[end] == ':';
  }
  constexpr std::array<std::string_view, 3> local = {"tcp://localhost:", "tcp://[::1]:", "ipc://"};
  return std::any_of(local.begin(), local.end(), [&](std::string_view prefix) { return endpoint.starts_with(prefix); });
}

std::string bindable(const std::string& endpoint) {
  constexpr std::string_view localhost = "tcp://localhost:";
  return endpoint.starts_with(localhost) ? "tcp://127.0.0.1:" + endpoint.substr(localhost.size()) : endpoint;
}

}  // namespace rollcall
