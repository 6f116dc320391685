// rollcall-bench-epoll: sends every ZMTP message back with nothing between it and epoll(7): the limit of a machine.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "inbox.hpp"
#include "subject.hpp"
#include "tcp.hpp"

namespace {

int listen_on(unsigned port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = bench::loopback(static_cast<std::uint16_t>(port));
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, bench::pending_connections_max) != 0) {
    std::perror("rollcall-bench-epoll");
    std::exit(3);
  }
  return fd;
}

/// False when the client has gone. What a client's socket does not take is waited for: this is no server to rely on.
bool serve(int fd, bench::Inbox& inbox) {
  static std::string out;
  out.clear();
  const bool open = inbox.receive(fd, [](const bench::zmtp::Frame& frame) {
    if (!frame.command) {
      bench::zmtp::append_frame(out, frame.body, frame.more);
    } else if (const auto pong = bench::zmtp::pong_for(frame.body)) {
      out += *pong;
    }
  });
  if (!open) return false;
  return out.empty() || send(fd, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size());
}

int accept_client(int listener, int poll_fd) {
  const int fd = accept(listener, nullptr, nullptr);
  if (fd < 0) return fd;
  bench::set_no_delay(fd);
  const std::string hello = bench::zmtp::greeting(true) + bench::zmtp::ready("ROUTER");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  const bool greeted = send(fd, hello.data(), hello.size(), MSG_NOSIGNAL) > 0;
  if (!greeted || epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  const int listener = listen_on(bench::argument(argc, argv, "--port", 8080));
  const int poll_fd = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
  bench::say_listening();
  std::vector<std::unique_ptr<bench::Inbox>> clients;
  std::array<epoll_event, 512> events{};
  while (true) {
    const int count = epoll_wait(poll_fd, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int fresh = accept_client(listener, poll_fd);
        if (fresh < 0) continue;
        clients.resize(std::max(clients.size(), static_cast<std::size_t>(fresh) + 1));
        clients[static_cast<std::size_t>(fresh)] = std::make_unique<bench::Inbox>();
      } else if (!serve(fd, *clients[static_cast<std::size_t>(fd)])) {
        close(fd);
      }
    }
  }
}
