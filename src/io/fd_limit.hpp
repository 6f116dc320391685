// File descriptors: each client needs one, and libzmq spins when there are none left. Any thread, but process-wide.
#pragma once

#include <cstddef>
#include <optional>

namespace rollcall::io {

/// Kept for what is not a client: libzmq's sockets, threads in the place of hung ones (core::hung_workers_max), log
/// files, connections that are being refused.
inline constexpr std::size_t fd_reserve = 128;

/// Raises this process's soft limit to `wanted`, where it is lower, as far as its hard limit allows. Returns what it is
/// now; nothing when the system does not tell.
std::optional<std::size_t> raise_fd_limit(std::size_t wanted) noexcept;

/// Raises this process's soft limit so that `clients` connections fit, as far as its hard limit allows. Returns how
/// many clients fit now.
std::size_t make_room_for_clients(std::size_t clients) noexcept;

}  // namespace rollcall::io
