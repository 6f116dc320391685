// Where --http listens: the setting's text, and the socket. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace rollcall::http {

struct ListenAddress {
  std::string host;  ///< an IP address, without brackets
  std::uint16_t port = 0;
  bool is_local = true;  ///< nobody but this machine's own processes can connect
};

/// Reads HOST:PORT, where HOST is an IPv4 address, an IPv6 address in brackets, localhost, or * for all IPv4 addresses.
/// Nothing for any other text.
[[nodiscard]] std::optional<ListenAddress> parse_listen_address(const std::string& text);

/// The address can't be had; what() says which and why.
struct ListenError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A socket that listens. Whoever takes the descriptor closes it.
class Listener {
 public:
  /// Throws ListenError.
  explicit Listener(const ListenAddress& address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Such as "http://localhost:8090/", with the real port.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] int release() noexcept;

 private:
  int fd_ = -1;
  std::string url_;
};

}  // namespace rollcall::http
