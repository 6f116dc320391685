// Which endpoints are taken; not installed. Any thread.
#pragma once

#include <string>

namespace rollcall {

/// Throws Error(config) unless `endpoint` is tcp://ADDRESS:PORT (PORT up to 65535, or *) or ipc://PATH. libzmq itself
/// would take a larger port modulo 65536. `setting` is named in the error.
void check_endpoint(const std::string& setting, const std::string& endpoint);

}  // namespace rollcall
