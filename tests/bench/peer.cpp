#include "peer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tcp.hpp"

namespace bench {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

Poller::Poller() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_ < 0) fail("epoll_create1");
}

Poller::~Poller() { close(fd_); }

void Poller::add(int fd, std::uint32_t number) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = number;
  if (epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
}

void Poller::watch_writable(int fd, std::uint32_t number, bool writable) {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? EPOLLOUT : 0U);
  event.data.u32 = number;
  if (epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event) != 0) fail("epoll_ctl");
}

Peer::Peer(Peer&& other) noexcept
    : poller_(other.poller_),
      number_(other.number_),
      fd_(std::exchange(other.fd_, -1)),
      inbox_(std::move(other.inbox_)),
      first_(other.first_),
      waiting_(std::move(other.waiting_)) {}

Peer::~Peer() {
  if (fd_ < 0) return;
  // A reset leaves no TIME_WAIT behind: ten thousand a round would use up the ports.
  const linger reset{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close();
}

void Peer::close() { ::close(std::exchange(fd_, -1)); }

void Peer::connect(std::uint16_t port, std::string_view first) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) fail("socket");
  set_no_delay(fd_);
  const sockaddr_in address = loopback(port);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  poller_->add(fd_, number_);
  first_ = first;
  send(zmtp::greeting(false) + zmtp::ready("DEALER"));
}

void Peer::on_command(std::string_view command) {
  if (command.starts_with("\x05READY")) send(std::exchange(first_, {}));
  if (const auto pong = zmtp::pong_for(command)) send(*pong);
}

void Peer::send(std::string_view bytes) {
  if (!waiting_.empty()) {
    waiting_ += bytes;
    return;
  }
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) return;  // its end is seen when it is read
  bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  if (bytes.empty()) return;
  waiting_ = bytes;
  poller_->watch_writable(fd_, number_, true);
}

void Peer::flush() {
  const std::string bytes = std::exchange(waiting_, {});
  send(bytes);
  if (waiting_.empty()) poller_->watch_writable(fd_, number_, false);
}

}  // namespace bench
