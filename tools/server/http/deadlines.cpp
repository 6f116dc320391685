#include "server/http/deadlines.hpp"

#include <sys/socket.h>

#include <new>

#include "server/http/limits.hpp"

namespace rollcall::http {

void Deadlines::begin(int fd, Time now) noexcept {
  const std::lock_guard lock(mutex_);
  try {
    due_[fd] = now + request_time_max;
  } catch (const std::bad_alloc&) {
    ::shutdown(fd, SHUT_RDWR);  // rather than one without a deadline
  }
}

void Deadlines::forget(int fd) noexcept {
  const std::lock_guard lock(mutex_);
  due_.erase(fd);
}

void Deadlines::cut(Time now) {
  const std::lock_guard lock(mutex_);
  for (auto& [fd, due] : due_) {
    if (due > now) continue;
    ::shutdown(fd, SHUT_RDWR);
    due = Time::max();
  }
}

}  // namespace rollcall::http
