// Which endpoints are taken; not installed. Any thread.
#pragma once

#include <string>

namespace rollcall {

/// Throws Error(config) unless `endpoint` is tcp://ADDRESS:PORT (PORT up to 65535, or *) or ipc://PATH. libzmq itself
/// would take a larger port modulo 65536. `setting` is named in the error.
void check_endpoint(const std::string& setting, const std::string& endpoint);

/// Whether nobody but this machine's own processes can connect to an endpoint that check_endpoint() has passed.
[[nodiscard]] bool is_local(const std::string& endpoint);

/// The endpoint as libzmq can bind it: it takes addresses and interfaces, but not the name localhost.
[[nodiscard]] std::string bindable(const std::string& endpoint);

}  // namespace rollcall
