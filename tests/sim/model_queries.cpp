// The model's answers to ROSTER queries and WATCH: PROTOCOL.md section 4.4. What watchers are told is for pictures.hpp.
#include <algorithm>

#include "sim/model.hpp"
#include "wire/codec.hpp"

namespace rollcall::sim {

bool Model::Spent::may(std::uint32_t cost, std::uint32_t most, core::Time now) {
  if (now - since >= std::chrono::seconds{1}) *this = {now, 0};
  return entries + cost <= most;
}

void Model::query(ConnId conn, const Message& message) {
  Peer& peer = peers_[conn];
  if (!peer.said_hello) return error(conn, message, 0, wire::ErrorCode::hello_required);
  const std::size_t most =
      message.limit == 0 ? core::page_entries_max : std::min<std::size_t>(message.limit, core::page_entries_max);
  const auto cost = std::max(static_cast<std::uint32_t>(std::min(most, present_.size())), core::query_cost_least);
  if (!peer.spent.may(cost, core::queried_entries_per_second, now_) ||
      !spent_.may(cost, core::total_queried_entries_per_second, now_)) {
    return error(conn, message, 0, wire::ErrorCode::busy);
  }
  peer.spent.entries += cost;
  spent_.entries += cost;
  std::vector<ConnId> after;
  for (const ConnId each : present_) {
    if (peers_[each].number > message.id) after.push_back(each);
  }
  std::sort(after.begin(), after.end(), [this](ConnId a, ConnId b) { return peers_[a].number < peers_[b].number; });
  wire::Roster page;
  page.version = version_;
  page.count = count();
  if (after.size() > most) {
    after.resize(most);
    page.next = peers_[after.back()].number;
  }
  std::string entries;
  for (const ConnId each : after) pack(each, entries);
  page.entries = {entries, static_cast<std::uint16_t>(after.size())};
  ExpectedSend send;
  send.routing_id = peer.routing_id;
  send.delimited = message.delimited;
  send.type = wire::Type::roster;
  wire::encode(page, send.body);
  sends.push_back(send);
}

void Model::pack(ConnId conn, std::string& entries) {
  const Peer& peer = peers_[conn];
  const core::Address address = address_of(slots_[peer.fd].owner);
  const std::string text = address.host + ":" + std::to_string(address.port);
  wire::RosterEntry entry;
  entry.session = peer.number;
  entry.since_unix_ms = static_cast<std::uint64_t>((peer.joined + unix_offset).count() / 1'000'000);
  entry.requests = peer.requests;
  const auto idle_ms = static_cast<std::uint64_t>((now_ - peer.last_seen).count() / 1'000'000);
  entry.idle_ms = static_cast<std::uint32_t>(std::min<std::uint64_t>(idle_ms, UINT32_MAX));
  entry.name = peer.name;
  entry.address = text;
  wire::pack_item(entry, entries);
}

void Model::watch(ConnId conn, const Message& message) {
  const Peer& peer = peers_[conn];
  if (!peer.said_hello) return error(conn, message, 0, wire::ErrorCode::hello_required);
  if (message.stop) {
    watching_.erase(conn);
  } else if (!watching_.contains(conn) && watching_.size() >= core::watchers_max) {
    return error(conn, message, 0, wire::ErrorCode::watchers_full);
  } else {
    watching_.insert(conn);
  }
  orders.push_back({peer.routing_id, message.stop, message.id});
}

}  // namespace rollcall::sim
