#include "io/client_keys.hpp"

#include "core/authorized_keys.hpp"
#include "io/key_files.hpp"

namespace rollcall::io {

std::optional<ClientKeys> read_client_keys(const std::string& server_key, const std::string& key_file) {
  if (server_key.empty() && key_file.empty()) return std::nullopt;
  if (key_file.empty()) {
    throw KeyError("key: with --server-key, a key of the client's own is needed, too: see --generate-key");
  }
  if (!core::is_key_text(server_key)) {
    throw KeyError("server-key: give the server's public key, the 40 characters that --generate-key printed");
  }
  try {
    return ClientKeys{server_key, read_secret_key(key_file)};
  } catch (const KeyError& error) {
    throw KeyError(std::string("key: ") + error.what());
  }
}

}  // namespace rollcall::io
