// The model's keys: what becomes of the sessions, the absent and what is kept back when a key is taken off the list
// (PROTOCOL.md section 11).
#include <utility>

#include "sim/model.hpp"
#include "sim/trace.hpp"

namespace rollcall::sim {

void Model::revoked(std::string_view key, core::Time now) {
  now_ = now;
  for (const ConnId conn : std::vector<ConnId>(away_)) {
    if (peers_[conn].key == key) forget(conn);
  }
  for (const int fd : std::vector<int>(keeping_)) {
    Slot& slot = slots_[fd];
    if (slot.kept.front().key == key) forget_kept(fd, slot);
  }
  for (const ConnId conn : present_) {
    if (peers_[conn].key == key) to_evict_.insert(conn);
  }
}

void Model::has_left(std::uint32_t routing_id) {
  const auto known = by_routing_id_.find(routing_id);
  require(known != by_routing_id_.end(), "only who was here leaves");
  const ConnId conn = known->second;
  if (to_evict_.erase(conn) == 0) return;
  const Peer& peer = peers_[conn];
  if (peer.said_hello) expect_closing(peer, wire::ClosingReason::evicted);
  leave(conn, wire::LeaveReason::evicted, false, true);
  evicted_.emplace_back(conn, now_ + core::revocation_patience);
  ++revoked_sessions_;
}

void Model::all_have_left() const { require(to_evict_.empty(), "a revoked key's sessions are evicted"); }

/// What a revoked session was told last has its time to be read, unless its connection ends before.
bool Model::awaits_cut(ConnId conn) const {
  const Slot& slot = slots_.at(peers_[conn].fd);
  return slot.open && !slot.cut && slot.heard == conn;
}

void Model::cut_revoked() {
  std::erase_if(evicted_, [this](const auto& evicted) {
    const auto [conn, cut_at] = evicted;
    if (cut_at > now_) return false;
    if (awaits_cut(conn)) cut(peers_[conn].fd);
    return true;
  });
}

}  // namespace rollcall::sim
