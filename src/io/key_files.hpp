// Keys in files: a secret key, which nobody else may read, and the list of the keys that may come in. Any thread.
#pragma once

#include <stdexcept>
#include <string>

#include "core/authorized_keys.hpp"

namespace rollcall::io {

/// One line that names the file, and what to do.
class KeyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

/// Makes a new pair and writes the secret key into `file`, for its owner alone (0600). Throws KeyError, also when there
/// is such a file: a key is never replaced.
[[nodiscard]] std::string generate_key(const std::string& file);
/// Reads what generate_key() wrote. Throws KeyError, also when others than its owner may read or write the file, or
/// when it belongs to somebody else than this process's user or root.
[[nodiscard]] KeyPair read_secret_key(const std::string& file);
/// Throws KeyError, with the line where there is one; also when everybody may write to the file.
[[nodiscard]] core::AuthorizedKeys read_authorized_keys(const std::string& file);

}  // namespace rollcall::io
