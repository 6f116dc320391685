// A file descriptor by which other threads wake one that polls (eventfd(2)). signal() may be called from any thread and
// from signal handlers; the rest belongs to the polling thread.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace rollcall::io {

class Wakeup {
 public:
  Wakeup() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~Wakeup() { close(fd_); }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  void signal() const noexcept {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the descriptor is readable already.
    [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof one);
  }
  /// True when signal() was called since the last call.
  bool take() const noexcept {
    std::uint64_t calls = 0;
    return read(fd_, &calls, sizeof calls) == static_cast<ssize_t>(sizeof calls);
  }

 private:
  int fd_;
};

}  // namespace rollcall::io
