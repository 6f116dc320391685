#include "io/listeners.hpp"

#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

namespace rollcall::io {
namespace {

constexpr std::size_t clients_per_io_thread = 2000;
constexpr std::size_t io_threads_max = 5;

void check(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
}

void turn_on(int fd, int option) {
  constexpr int on = 1;
  check(setsockopt(fd, SOL_SOCKET, option, &on, sizeof on), "setsockopt");
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

/// A socket that listens where others of the same owner do. The accepted ones inherit nothing from it.
int listen_at(Address& address, int backlog) {
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  check(fd, "socket");
  try {
    turn_on(fd, SO_REUSEADDR);
    turn_on(fd, SO_REUSEPORT);
    check(bind(fd, address.get(), address.size), "bind");
    check(listen(fd, backlog), "listen");
  } catch (...) {
    close(fd);
    throw;
  }
  return fd;
}

}  // namespace

int Listeners::io_threads(std::size_t clients_max) noexcept {
  return static_cast<int>(std::clamp<std::size_t>(clients_max / clients_per_io_thread, 1, io_threads_max));
}

Listeners::Listeners(int io_threads, std::size_t spread) : connections_(static_cast<std::size_t>(io_threads)) {
  if (spread == 0) spread = std::thread::hardware_concurrency() / 2;
  spread_ = std::clamp<std::size_t>(spread, 1, connections_.size());
}

void Listeners::share(zmq::socket_t& router, int listening_fd, const std::string& endpoint) {
  if (connections_.size() == 1) return;
  Address address;
  check(getsockname(listening_fd, address.get(), &address.size), "getsockname");
  // libzmq has bound it without this, so that a port in use was an error; and nobody without it can join from now on.
  turn_on(listening_fd, SO_REUSEPORT);
  for (std::size_t thread = 1; thread < connections_.size(); ++thread) {
    router.set(zmq::sockopt::affinity, std::uint64_t{1} << thread);
    router.set(zmq::sockopt::use_fd, listen_at(address, router.get(zmq::sockopt::backlog)));
    router.bind(endpoint);
  }
  router.set(zmq::sockopt::use_fd, -1);
  shared_fds_.push_back(listening_fd);
  direct();
}

std::uint8_t Listeners::opened() {
  const auto thread = static_cast<std::uint8_t>(next_);
  ++connections_[thread];
  std::size_t least = 0;
  for (std::size_t other = 1; other < connections_.size(); ++other) {
    if (other >= spread_ && connections_[least] < clients_per_io_thread) break;
    if (connections_[other] < connections_[least]) least = other;
  }
  if (least != next_) {
    next_ = least;
    direct();
  }
  return thread;
}

void Listeners::direct() noexcept {
  sock_filter answer = BPF_STMT(BPF_RET | BPF_K, static_cast<std::uint32_t>(next_));
  const sock_fprog program{1, &answer};
  // Where it fails, the kernel goes on by the filter before, or spreads connections itself.
  for (const int fd : shared_fds_) setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
}

}  // namespace rollcall::io
