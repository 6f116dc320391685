// Keys for CURVE (ZeroMQ RFC 26): a server lets in only whom it knows, and a client knows its server.
//
//   std::cout << rollcall::generate_key("server.key") << '\n';   // the public key, for the clients
#pragma once

#include <string>

#include "rollcall/error.hpp"

namespace rollcall {

/// Makes a key pair, writes the secret key into `file`, readable by its owner alone, and returns the public key: 40
/// characters (ZeroMQ RFC 32). Throws Error(config) when that can't be done, also when there is such a file: a key is
/// never replaced. Any thread.
std::string generate_key(const std::string& file);

}  // namespace rollcall
