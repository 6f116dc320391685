#include "io/peer_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "core/changes.hpp"

namespace rollcall::io {
namespace {

core::Address unix_address(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {"ipc", 0};
  return {"ipc", static_cast<std::uint32_t>(peer.pid)};
}

/// Nothing for a socket that is none of the internet's.
std::optional<core::Address> internet_address(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage);
    inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    return core::Address{text.data(), ntohs(v4->sin_port)};
  }
  if (storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    return core::Address{text.data(), ntohs(v6->sin6_port)};
  }
  return std::nullopt;
}

}  // namespace

core::Address peer_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {"?", 0};
  const auto address = internet_address(storage);
  return address ? *address : unix_address(fd);
}

std::string local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  const auto address = internet_address(storage);
  const core::AddressText text(address ? *address : core::Address{"ipc", static_cast<std::uint32_t>(getpid())});
  return std::string(text.view());
}

}  // namespace rollcall::io
