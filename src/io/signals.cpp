#include "io/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace rollcall::io {

Signals::Signals(bool with_hangup) {
  sigset_t caught;
  sigemptyset(&caught);
  sigaddset(&caught, SIGINT);
  sigaddset(&caught, SIGTERM);
  if (with_hangup) sigaddset(&caught, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &caught, &old_mask_);
  fd_ = signalfd(-1, &caught, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

Signals::~Signals() {
  take();
  close(fd_);
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

Signals::Taken Signals::take() const noexcept {
  signalfd_siginfo info{};
  Taken taken;
  while (read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    ++(info.ssi_signo == SIGHUP ? taken.hangups : taken.stops);
  }
  return taken;
}

void block_all_signals() noexcept {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace rollcall::io
