// The keys that a client is configured with. Any thread.
#pragma once

#include <optional>
#include <string>

#include "io/curve.hpp"

namespace rollcall::io {

/// Reads the client's own key; nothing when both are empty. Throws KeyError when one of the two is missing, or no good.
[[nodiscard]] std::optional<ClientKeys> read_client_keys(const std::string& server_key, const std::string& key_file);

}  // namespace rollcall::io
