// A listening TCP socket of a test's own, on a loopback address. One thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace rollcall::test {

class TcpListener {
 public:
  /// On any free port; `any_address`: on all of the machine, of which only loopback is used.
  explicit TcpListener(int family = AF_INET, bool any_address = false) {
    if (family == AF_INET) {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&address_);
      v4->sin_family = AF_INET;
      v4->sin_addr.s_addr = htonl(any_address ? INADDR_ANY : INADDR_LOOPBACK);
      size_ = sizeof *v4;
    } else {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&address_);
      v6->sin6_family = AF_INET6;
      v6->sin6_addr = any_address ? in6addr_any : in6addr_loopback;
      size_ = sizeof *v6;
    }
    fd_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0 || ::bind(fd_, get(), size_) != 0 || ::listen(fd_, 100) != 0 || getsockname(fd_, get(), &size_) != 0) {
      throw std::runtime_error(std::string("a listening socket: ") + std::strerror(errno));
    }
    if (!any_address) return;
    if (family == AF_INET) reinterpret_cast<sockaddr_in*>(&address_)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family == AF_INET6) reinterpret_cast<sockaddr_in6*>(&address_)->sin6_addr = in6addr_loopback;
  }
  ~TcpListener() { ::close(fd_); }
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  /// A connected socket, the caller's; -1: it could not be. `fd`: one to connect.
  [[nodiscard]] int connect(int fd = -1) const {
    if (fd < 0) fd = ::socket(address_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address_), size_) == 0 ? fd : -1;
  }
  /// The other end of one.
  [[nodiscard]] int accept() const { return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC); }

 private:
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&address_); }

  sockaddr_storage address_{};
  socklen_t size_ = 0;
  int fd_ = -1;
};

}  // namespace rollcall::test
