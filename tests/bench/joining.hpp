// Many clients that join as fast as a server lets them. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "talker.hpp"

namespace bench {

/// A server that answers nobody for as long as this is given up.
inline constexpr std::int64_t silence_ns_max = 10'000'000'000;

/// Connects all of them, and returns when each has had its first answer. Throws std::runtime_error when the server
/// turns one away, or answers nobody for silence_ns_max.
void join_all(Poller& poller, std::vector<Talker>& talkers, std::uint16_t port, const Requests& requests);

}  // namespace bench
