// The core's door: who may come in (door.hpp), whose key may no longer, and whose connection is ended to make room
// (strangers.hpp).
#include <utility>

#include "core/server_core.hpp"

namespace rollcall::core {

void ServerCore::on(const Opened& event, Time now) {
  end_connection({event.fd}, now);  // where its end was never told
  connections_.reserve(event.fd);   // before effects point to the addresses of others
  strangers_.reserve(event.fd);
  const bool lets_in = door_.lets_in(event.address.host, now);
  if (lets_in) make_room(now, 1);
  Connection& connection = connections_.open(event.fd, event.address, now);
  // From here on nothing fails.
  if (!lets_in) {
    refuse(Refusal::held_off, now, &connection.address);
    cut(event.fd);
    return;
  }
  strangers_.add(event.fd, now);
}

// Clients on their way in are strangers too, and may come by the thousands at once: they may use what room clients
// leave, for as long as it takes to say HELLO.
void ServerCore::make_room(Time now, std::size_t coming) {
  const Limits& limits = config_.limits;
  while (strangers_.size() > 0 && strangers_.size() + coming > limits.strangers_max) {
    const auto [fd, since] = strangers_.oldest();
    const std::size_t connections = roster_.count() + strangers_.size() + coming;
    const bool fits = connections <= limits.clients_max + limits.strangers_max;
    if (fits && now - since < stranger_patience) return;
    Connection& connection = *connections_.find(fd);
    if (connection.state == PeerState::silent) {
      charge(connection, now);
      refuse(Refusal::stranger, now, &connection.address);
    }
    cut(fd);
    make_ready();
  }
}

std::optional<Time> ServerCore::next_stranger_deadline() const {
  if (strangers_.size() <= config_.limits.strangers_max) return std::nullopt;
  return strangers_.oldest().since + stranger_patience;
}

void ServerCore::on(const Endless& event, Time now) {
  Connection* connection = connections_.find(event.fd);
  if (connection == nullptr || !connection->open || connection->cut) return;
  charge(*connection, now);
  refuse(Refusal::endless_message, now, &connection->address);
  connection->session != nullptr ? leave(*connection, wire::LeaveReason::evicted, now) : cut(event.fd);
}

// Its session may be over already: a goodbye does not make anybody read.
void ServerCore::on(const Clogged& event, Time now) {
  Connection* connection = connections_.find(event.fd);
  if (connection == nullptr || !connection->open || connection->cut) return;
  if (!connection->heard || connection->routing_id != event.routing_id) return;
  connection->session != nullptr ? leave(*connection, wire::LeaveReason::evicted, now) : cut(event.fd);
}

void ServerCore::on(const Revoked& event, Time now) {
  while (const auto absentee = absentees_.take_key(event.key)) forget(*absentee);
  connections_.drop_held(event.key);
  std::vector<std::uint32_t> revoked;
  for (const auto& [routing_id, session] : roster_) {
    if (session.key == event.key) revoked.push_back(routing_id);
  }
  for (const std::uint32_t routing_id : revoked) {
    const Session& session = *roster_.find(routing_id);
    const int fd = session.fd;
    revocations_.push_back({fd, routing_id, now + revocation_patience});
    if (session.said_hello) {
      const wire::Closing closing{wire::ClosingReason::evicted, 0, "this key is no longer allowed"};
      send(routing_id, session.delimited, closing);
    }
    leave(*connections_.find(fd), wire::LeaveReason::evicted, now, true);
    make_ready();
  }
}

void ServerCore::cut_revoked(Time now) {
  while (!revocations_.empty() && revocations_.front().cut_at <= now) {
    const auto [fd, routing_id, cut_at] = revocations_.front();
    revocations_.pop_front();
    const Connection& connection = *connections_.find(fd);
    if (connection.open && connection.heard && !connection.cut && connection.routing_id == routing_id) cut(fd);
    make_ready();
  }
}

// Once for each connection. Being held off costs nothing more: an address comes back when its failures stop, not when
// its attempts do.
void ServerCore::charge(Connection& connection, Time now) {
  if (connection.session != nullptr || connection.is_charged) return;
  door_.failed(connection.address.host, now);
  connection.is_charged = true;
}

void ServerCore::cut(int fd) {
  strangers_.remove(fd);
  effects_.emplace_back(Cut{fd, &connections_.cut(fd).address});
}

}  // namespace rollcall::core
