#include "io/cutter.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "io/peer_address.hpp"

namespace rollcall::io {

Cutter::Cutter() : nothing_(eventfd(0, EFD_CLOEXEC)), held_(fcntl(nothing_, F_DUPFD_CLOEXEC, 0)) {
  if (held_ >= 0) return;
  const int error = errno;
  if (nothing_ >= 0) close(nothing_);
  throw std::system_error(error, std::generic_category(), "a descriptor for ending connections");
}

Cutter::~Cutter() {
  close(held_);
  close(nothing_);
}

bool Cutter::cut(int fd, const core::Address& address, const std::function<bool()>& is_still_open) {
  // libzmq may close `fd` and accept somebody else on it at any moment, but held_ stays what it is.
  if (dup3(fd, held_, O_CLOEXEC) < 0) return false;
  const bool is_meant = is_still_open() && peer_address(held_) == address;
  const bool done = is_meant && shutdown(held_, SHUT_RDWR) == 0;
  dup3(nothing_, held_, O_CLOEXEC);
  return done;
}

}  // namespace rollcall::io
