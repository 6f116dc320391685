#include "core/connections.hpp"

#include <cassert>
#include <utility>

namespace rollcall::core {

Connection& Connections::at(int fd) {
  assert(fd >= 0);
  const auto index = static_cast<std::size_t>(fd);
  if (index >= by_fd_.size()) by_fd_.resize(index + 1);
  return by_fd_[index];
}

Connection* Connections::find(int fd) noexcept {
  const auto index = static_cast<std::size_t>(fd);
  return fd >= 0 && index < by_fd_.size() ? &by_fd_[index] : nullptr;
}

Connection& Connections::open(int fd, const Address& address, Time now) {
  Address copy = address;
  Connection& connection = at(fd);
  assert(!connection.open && connection.session == nullptr);
  // From here on nothing fails.
  connection.open = true;
  connection.is_charged = false;
  connection.heard = false;
  connection.state = PeerState::silent;
  connection.address = std::move(copy);
  const bool doubtful = connection.ended_unheard >= Time{0} && now - connection.ended_unheard < doubt_memory;
  connection.doubt_until = doubtful ? now + doubt_hold : Time{0};
  connection.ended_unheard = Time{-1};
  return connection;
}

Connection& Connections::cut(int fd) {
  Connection& connection = at(fd);
  assert(connection.open && connection.session == nullptr);
  set_cut(connection, true);
  if (connection.hold) release(fd);
  return connection;
}

bool Connections::close(int fd, Time now) {
  Connection* connection = find(fd);
  if (connection == nullptr || !connection->open) return false;
  assert(connection->session == nullptr);
  connection->open = false;
  set_cut(*connection, false);
  // What was heard on a descriptor in doubt may have been the dead one's: then this one ended unheard.
  if (!connection->heard || connection->doubt_until > Time{0}) connection->ended_unheard = now;
  connection->heard = false;
  if (connection->hold) release(fd);
  return true;
}

Connections::Verdict Connections::judge(int fd, std::uint32_t routing_id, Time now) const {
  const auto index = static_cast<std::size_t>(fd);
  if (fd < 0 || index >= by_fd_.size() || !by_fd_[index].open) return Verdict::late;
  const Connection& connection = by_fd_[index];
  if (connection.heard && routing_id == connection.routing_id) {
    return connection.cut ? Verdict::late : Verdict::current;
  }
  if (connection.ever_heard && !is_later(routing_id, connection.routing_id)) return Verdict::late;
  if (connection.cut && !connection.heard) return Verdict::late;
  if (now < connection.doubt_until || connection.hold) return Verdict::doubtful;
  return connection.heard ? Verdict::replaces : Verdict::fresh;
}

Connection& Connections::claim(int fd, std::uint32_t routing_id) {
  Connection& connection = at(fd);
  assert(connection.open && connection.session == nullptr);
  set_cut(connection, false);
  connection.heard = true;
  connection.ever_heard = true;
  connection.routing_id = routing_id;
  connection.state = PeerState::silent;
  return connection;
}

Connections::Kept Connections::hold(const Received& message, const Limits& limits) {
  Connection& connection = at(message.fd);
  if (connection.hold && message.routing_id != connection.hold->routing_id) {
    if (!is_later(message.routing_id, connection.hold->routing_id)) return Kept::late;
    release(message.fd);
  }
  if (!connection.hold) {
    Hold fresh{message.routing_id, std::string(message.key), std::string(message.key_name), {}, 0, 0};
    holding_.push_back(message.fd);
    connection.hold = std::move(fresh);
  }
  Hold& hold = *connection.hold;
  const std::size_t bytes = message.part.size() + kept_buffer_bytes_max;
  const bool first = hold.messages.empty();
  const bool over_client = hold.messages.size() > limits.window || hold.bytes + bytes > limits.client_queue_bytes_max;
  if (!first && (over_client || held_bytes_ + bytes > limits.total_queue_bytes_max)) return Kept::over_bound;
  hold.messages.push_back({message.delimited, message.many_parts, std::string(message.part)});
  hold.bytes += bytes;
  held_bytes_ += bytes;
  return Kept::yes;
}

void Connections::drop_held(std::string_view key) {
  for (const int fd : std::vector(holding_)) {
    if (at(fd).hold->key == key) release(fd);
  }
}

std::optional<int> Connections::out_of_doubt(Time now) const {
  for (const int fd : holding_) {
    if (by_fd_[static_cast<std::size_t>(fd)].doubt_until <= now) return fd;
  }
  return std::nullopt;
}

std::optional<Time> Connections::next_deadline() const {
  std::optional<Time> earliest;
  for (const int fd : holding_) {
    const Time until = by_fd_[static_cast<std::size_t>(fd)].doubt_until;
    if (!earliest || until < *earliest) earliest = until;
  }
  return earliest;
}

Hold Connections::release(int fd) {
  Connection& connection = at(fd);
  assert(connection.hold);
  Hold hold = std::move(*connection.hold);
  held_bytes_ -= hold.bytes;
  connection.hold.reset();
  std::erase(holding_, fd);
  return hold;
}

}  // namespace rollcall::core
