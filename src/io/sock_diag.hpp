// What the kernel knows of TCP connections by their addresses, also when no descriptor of them is left: sock_diag(7),
// in the network namespace of the thread that makes this. Where the system does not allow it, nothing is known. One
// thread.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rollcall::io {

/// An address and port, in network byte order.
struct TcpEnd {
  std::array<std::uint32_t, 4> address{};  ///< IPv4: the first word
  std::uint16_t port = 0;
};

/// Both ends of a connection; of what listens, `peer` is empty.
struct TcpEnds {
  std::uint8_t family = 0;  ///< AF_INET, AF_INET6; 0: this is not TCP
  TcpEnd local;
  TcpEnd peer;
  std::uint32_t scope = 0;  ///< of a link-local address: its interface
};

/// The ends of the connection on `fd`, or of what listens there.
[[nodiscard]] TcpEnds tcp_ends(int fd) noexcept;

class SockDiag {
 public:
  SockDiag() noexcept;
  ~SockDiag();
  SockDiag(const SockDiag&) = delete;
  SockDiag& operator=(const SockDiag&) = delete;

  /// TCP_ESTABLISHED and so on (netinet/tcp.h); nothing when there is no such connection. A few microseconds.
  [[nodiscard]] std::optional<int> state_of(const TcpEnds& ends) noexcept;
  /// How many connections have been accepted at `listening` and not been closed by their owner, whatever their peers
  /// did. Milliseconds, where there are thousands.
  [[nodiscard]] std::optional<std::size_t> accepted_at(const TcpEnds& listening) noexcept;

 private:
  [[nodiscard]] bool ask(const TcpEnds& ends, std::uint32_t states, bool all) noexcept;
  /// Bytes of an answer to the last question, in buffer_; 0: there is none.
  [[nodiscard]] std::size_t receive() noexcept;

  int fd_;
  std::uint32_t sequence_ = 0;
  alignas(8) std::array<char, 32'768> buffer_;  ///< the most that the kernel gives at once
};

/// True of a connection whose owner has given it up first: its own side is closed, or still open as the news of that
/// is on its way, and its peer's is not, or was later.
[[nodiscard]] bool is_given_up(std::optional<int> state) noexcept;

}  // namespace rollcall::io
