// Many clients that join as fast as a server lets them. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "talker.hpp"

namespace bench {

/// Connects all of them, and returns when each has had its first answer. Throws std::runtime_error when the server
/// turns one away, or answers nobody for 10 s.
void join_all(Poller& poller, std::vector<Talker>& talkers, std::uint16_t port, const Requests& requests);

}  // namespace bench
