#include "inbox.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace bench {
namespace {

// One buffer for all inboxes: each is read and parsed before the next.
std::array<char, std::size_t{256} * 1024> buffer;

}  // namespace

Inbox::Got Inbox::read(int fd, std::string_view& bytes) {
  const std::size_t kept = rest_.size();
  std::copy(rest_.begin(), rest_.end(), buffer.begin());
  const std::size_t room = buffer.size() - kept;
  const ssize_t got = recv(fd, buffer.data() + kept, room, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Got::nothing;
  if (got <= 0) return Got::end;
  bytes = {buffer.data(), kept + static_cast<std::size_t>(got)};
  const std::size_t skipped = std::min(greeting_left_, bytes.size());
  greeting_left_ -= skipped;
  bytes.remove_prefix(skipped);
  return static_cast<std::size_t>(got) < room ? Got::last_bytes : Got::bytes;
}

}  // namespace bench
