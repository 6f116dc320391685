#include "io/fd_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace rollcall::io {

std::optional<std::size_t> raise_fd_limit(std::size_t wanted) noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

std::size_t make_room_for_clients(std::size_t clients) noexcept {
  const auto limit = raise_fd_limit(clients + fd_reserve);
  if (!limit) return clients;
  return std::min(clients, *limit > fd_reserve ? *limit - fd_reserve : 0);
}

}  // namespace rollcall::io
