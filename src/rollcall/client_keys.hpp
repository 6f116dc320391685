// The keys that a client is configured with; not installed. Any thread.
#pragma once

#include <optional>
#include <string>

#include "io/curve.hpp"

namespace rollcall {

/// Reads the client's own key; nothing when both are empty. Throws Error(config) when one of the two is missing, or no
/// good.
std::optional<io::ClientKeys> read_client_keys(const std::string& server_key, const std::string& key_file);

}  // namespace rollcall
