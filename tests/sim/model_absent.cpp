// The model's clients that are away: sessions whose connection was lost, and who may come back (PROTOCOL.md
// section 4.5).
#include <algorithm>
#include <utility>

#include "sim/model.hpp"
#include "sim/trace.hpp"

namespace rollcall::sim {

bool Model::resumes() const { return limits_.resume_time_max.count() > 0 && !draining(); }

/// The session has left the roster; what is with a worker goes on, and what waited is dropped.
void Model::go_away(ConnId conn) {
  Peer& peer = peers_[conn];
  while (peer.unanswered.size() > peer.lent) {
    const Request& dropped = peer.unanswered.back();
    ++dropped_;
    if (!dropped.plain) peer.last_id = dropped.id - 1;  // the lowest one comes last here
    drop_one(peer, peer.unanswered.size() - 1);
  }
  peer.away = true;
  peer.robbed = false;
  if (away_.size() >= limits_.clients_max) forget(away_.front());
  peer.away_until = now_ + limits_.resume_time_max;
  away_.push_back(conn);
  refresh(conn);
}

void Model::forget(ConnId conn) {
  Peer& peer = peers_[conn];
  std::erase(away_, conn);
  peer.away = false;
  drop_requests(peer);
}

void Model::drop_requests(Peer& peer) {
  dropped_ += peer.unanswered.size() - peer.lent;
  unanswered_ -= peer.unanswered.size();
  bytes_ -= peer.bytes;
  peer.unanswered.clear();
  peer.kept.clear();
  peer.lent = 0;
  peer.bytes = 0;
  peer.robbed = false;
}

void Model::drop_one(Peer& peer, std::size_t place) {
  const std::size_t bytes = peer.unanswered[place].body.size() + core::kept_buffer_bytes_max;
  peer.bytes -= bytes;
  bytes_ -= bytes;
  --unanswered_;
  peer.unanswered.erase(peer.unanswered.begin() + static_cast<std::ptrdiff_t>(place));
}

void Model::forget_expired() {
  while (!away_.empty() && peers_[away_.front()].away_until <= now_) forget(away_.front());
}

void Model::end_elsewhere(const Message& message) {
  for (const ConnId conn : present_) {
    const Peer& peer = peers_[conn];
    if (!peer.said_hello || peer.token != *message.token || peer.key != message.key) continue;
    leave(conn, wire::LeaveReason::disconnected);
    cut(peers_[conn].fd);
    return;
  }
}

/// Makes `conn` go on with the session that this token is of, and that had its key; false when there is none.
bool Model::come_back(ConnId conn, const Message& message) {
  const auto found = std::find_if(away_.begin(), away_.end(), [&](ConnId each) {
    return peers_[each].token == *message.token && peers_[each].key == message.key;
  });
  if (found == away_.end()) return false;
  const ConnId before = *found;
  away_.erase(found);
  Peer& old = peers_[before];
  Peer& peer = peers_[conn];
  peer.token = old.token;
  peer.name = old.name;
  peer.said_hello = true;
  peer.last_id = peer.resumed_to = old.last_id;
  peer.unanswered = std::exchange(old.unanswered, {});
  for (Request& request : peer.unanswered) request.moved = true;
  peer.lent = std::exchange(old.lent, 0);
  peer.bytes = std::exchange(old.bytes, 0);
  peer.kept = std::exchange(old.kept, {});
  peer.missed_to = peer.kept.empty() ? 0 : peer.kept.rbegin()->first;
  old.away = false;
  for (auto& [number, worker] : workers_) {
    for (Lent& lent : worker.lent) {
      if (lent.conn == before) lent.conn = conn;
    }
  }
  ++resumes_;
  return true;
}

/// What ended a request, for a client that may have missed it.
void Model::keep(Peer& peer, const ExpectedSend& outcome) {
  if (limits_.resume_time_max.count() == 0) return;
  while (peer.kept.size() >= limits_.window) peer.kept.erase(peer.kept.begin());
  peer.kept[outcome.id] = outcome;
}

/// A request that a resumed session has asked for before.
void Model::answer_again(ConnId conn, const Message& message) {
  Peer& peer = peers_[conn];
  const auto kept = peer.kept.find(message.id);
  if (kept != peer.kept.end()) {
    if (message.id > peer.missed_to) return;  // it was sent on this connection
    ExpectedSend again = kept->second;
    again.routing_id = peer.routing_id;
    again.delimited = message.delimited;
    sends.push_back(again);
    ++repeated_;
    return;
  }
  const bool waits = std::any_of(peer.unanswered.begin(), peer.unanswered.end(),
                                 [&](const Request& request) { return !request.plain && request.id == message.id; });
  if (!waits) error(conn, message, message.id, wire::ErrorCode::reply_lost);
}

}  // namespace rollcall::sim
