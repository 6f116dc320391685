// Who is at the other end of an accepted connection. Any thread.
#pragma once

#include "core/events.hpp"

namespace rollcall::io {

/// IP address and port of the peer of `fd` (getpeername(2)); for a Unix socket "ipc" and the peer's process id
/// (SO_PEERCRED); "?" and 0 when the connection has ended already.
[[nodiscard]] core::Address peer_address(int fd);

}  // namespace rollcall::io
