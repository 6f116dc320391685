#include "io/fd_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace rollcall::io {

std::size_t make_room_for_clients(std::size_t clients) noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return clients;
  const rlim_t wanted = clients + fd_reserve;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  const rlim_t room = limit.rlim_cur > fd_reserve ? limit.rlim_cur - fd_reserve : 0;
  return std::min<std::size_t>(clients, room);
}

}  // namespace rollcall::io
