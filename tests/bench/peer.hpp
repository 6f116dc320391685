// A ZeroMQ client that costs next to nothing: one non-blocking TCP connection that speaks ZMTP as a DEALER, and the
// epoll set that many of them share. One thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "inbox.hpp"

namespace bench {

/// How the client talks: rollcall's plain mode, with a delimiter as REP needs it, or rollcall's full protocol.
enum class Protocol : std::uint8_t { plain, delimited, full };

/// epoll(7) on peers, which are told apart by a number.
class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void add(int fd, std::uint32_t number);
  void watch_writable(int fd, std::uint32_t number, bool writable);
  /// Waits for up to `timeout_ms` (-1: for ever) and calls ready(number, events) for each peer.
  template <typename Ready>
  void wait(int timeout_ms, Ready ready) {
    const int count = epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      ready(event.data.u32, event.events);
    }
  }

 private:
  int fd_;
  std::array<epoll_event, 512> events_{};
};

class Peer {
 public:
  Peer(Poller& poller, std::uint32_t number) : poller_(&poller), number_(number) {}
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&&) = delete;
  ~Peer();

  /// Connects to 127.0.0.1; sends `first`, which must live until then, when the handshake is over: libzmq takes what
  /// comes earlier for a part of it. Throws std::system_error.
  void connect(std::uint16_t port, std::string_view first);
  void send(std::string_view bytes);
  /// To be called when epoll says so: sends what waits, and calls message(body) for each message's last part. PINGs are
  /// answered here. False when the connection has ended.
  template <typename Message>
  bool on_ready(std::uint32_t events, Message message) {
    if ((events & EPOLLOUT) != 0) flush();
    const bool open = inbox_.receive(fd_, [&](const zmtp::Frame& frame) {
      if (frame.command) {
        on_command(frame.body);
      } else if (!frame.more) {
        message(frame.body);
      }
    });
    if (!open) close();
    return open;
  }

 private:
  void on_command(std::string_view command);
  void flush();
  void close();

  Poller* poller_;
  std::uint32_t number_;
  int fd_ = -1;
  Inbox inbox_;
  std::string_view first_;
  std::string waiting_;  ///< for the socket to take it
};

}  // namespace bench
