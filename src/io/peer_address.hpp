// Who is at the ends of a connection. Any thread.
#pragma once

#include <string>

#include "core/events.hpp"

namespace rollcall::io {

/// IP address and port of the peer of `fd` (getpeername(2)); for a Unix socket "ipc" and the peer's process id
/// (SO_PEERCRED); "?" and 0 when the connection has ended already.
[[nodiscard]] core::Address peer_address(int fd);

/// What peer_address() is at the other end, as a roster's entries have it (PROTOCOL.md section 5); empty when the
/// connection has ended already.
[[nodiscard]] std::string local_address(int fd);

}  // namespace rollcall::io
