// SIGINT and SIGTERM, and SIGHUP where it is wanted, as a readable file descriptor (signalfd(2)). They are blocked in
// the thread that makes this object, and in every thread that it starts afterwards; the old mask comes back with the
// end of the object, in the same thread.
#pragma once

#include <csignal>

namespace rollcall::io {

class Signals {
 public:
  /// Throws std::system_error when there is no descriptor left.
  explicit Signals(bool with_hangup);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  struct Taken {
    int stops = 0;
    int hangups = 0;
  };
  /// How many signals have come since the last call.
  Taken take() const noexcept;

 private:
  sigset_t old_mask_{};
  int fd_ = -1;
};

/// In the calling thread: its waits are then never interrupted.
void block_all_signals() noexcept;

}  // namespace rollcall::io
