#include "rollcall/client_keys.hpp"

#include "core/authorized_keys.hpp"
#include "io/key_files.hpp"
#include "rollcall/error.hpp"

namespace rollcall {

std::optional<io::ClientKeys> read_client_keys(const std::string& server_key, const std::string& key_file) {
  if (server_key.empty() && key_file.empty()) return std::nullopt;
  if (key_file.empty()) {
    throw Error(Error::Kind::config,
                "key: with --server-key, a key of the client's own is needed, too: see --generate-key");
  }
  if (!core::is_key_text(server_key)) {
    throw Error(Error::Kind::config,
                "server-key: give the server's public key, 40 characters, as it was told by --generate-key");
  }
  try {
    return io::ClientKeys{server_key, io::read_secret_key(key_file)};
  } catch (const io::KeyError& error) {
    throw Error(Error::Kind::config, std::string("key: ") + error.what());
  }
}

}  // namespace rollcall
