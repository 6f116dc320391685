// A client that joins and then neither reads nor answers, as if it had frozen.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace rollcall::test {

/// Of the ZeroMQ protocol (rfc.zeromq.org/spec/37), it has the client's words by heart.
class FrozenClient {
 public:
  explicit FrozenClient(const std::string& endpoint) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<in_port_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    using namespace std::string_literals;
    say("\xFF\0\0\0\0\0\0\0\0\x7F\3\1NULL"s + std::string(48, '\0'));
    hear(64);
    say("\4\x1C\5READY\xBSocket-Type\0\0\0\6DEALER"s);
    hear(static_cast<unsigned char>(hear(2)[1]));
    say("\0\xB\1\1\0\0\6frozen"s);  // HELLO
  }
  ~FrozenClient() { close(fd_); }
  FrozenClient(const FrozenClient&) = delete;
  FrozenClient& operator=(const FrozenClient&) = delete;

  /// Until the server has ended its connection.
  void wait_ended() const {
    pollfd item{fd_, POLLRDHUP, 0};
    EXPECT_EQ(poll(&item, 1, 60'000), 1);
  }

 private:
  void say(const std::string& words) const {
    EXPECT_EQ(::send(fd_, words.data(), words.size(), MSG_NOSIGNAL), static_cast<ssize_t>(words.size()));
  }
  std::string hear(std::size_t bytes) const {
    std::string words(bytes, '\0');
    EXPECT_EQ(recv(fd_, words.data(), bytes, MSG_WAITALL), static_cast<ssize_t>(bytes));
    return words;
  }

  int fd_;
};

}  // namespace rollcall::test
