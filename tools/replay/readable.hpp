// Is there something to read, without waiting for it? Any thread.
#pragma once

#include <poll.h>

namespace rollcall::replay {

/// `fd`: -1 is never readable.
[[nodiscard]] inline bool is_readable(int fd) noexcept {
  pollfd item{fd, POLLIN, 0};
  return fd >= 0 && poll(&item, 1, 0) > 0;
}

}  // namespace rollcall::replay
