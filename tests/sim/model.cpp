// The model's connections, sessions and end.
#include "sim/model.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/trace.hpp"

namespace rollcall::sim {

core::Address address_of(ConnId conn) {
  return {"10.0.0." + std::to_string(conn % 3), static_cast<std::uint32_t>(conn + 1)};
}

wire::Token token_of(std::uint64_t number) {
  wire::Token token{};
  token.fill(0xA5);
  for (std::size_t i = 0; i < 8; ++i) token[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return token;
}

namespace {

wire::LeaveReason reason_of_end(bool timed_out) {
  return timed_out ? wire::LeaveReason::timed_out : wire::LeaveReason::disconnected;
}

}  // namespace

void Model::opened(ConnId conn, int fd, core::Time now) {
  now_ = now;
  end(fd, now);
  if (conn >= peers_.size()) peers_.resize(conn + 1);
  peers_[conn].fd = fd;
  Slot& slot = slots_[fd];
  slot.open = true;
  slot.charged = false;
  slot.cut = false;
  slot.owner = conn;
  slot.heard = nobody;
  slot.doubtful = slot.ended_in_doubt && now - *slot.ended_in_doubt < core::doubt_memory;
  slot.doubt_until = slot.doubtful ? now + core::doubt_hold : core::Time{0};
  slot.ended_in_doubt.reset();
  if (credit(address_of(conn).host) < 1) {
    count_refusal(core::Refusal::held_off);
    cut(fd);
    return;
  }
  add_stranger(fd);
  make_room();
}

void Model::handshaken(ConnId conn, std::uint32_t routing_id) {
  if (conn >= peers_.size()) peers_.resize(conn + 1);
  peers_[conn].routing_id = routing_id;
  require(by_routing_id_.emplace(routing_id, conn).second, "the world gives every connection an id of its own");
}

void Model::closed(int fd, bool timed_out, core::Time now) {
  now_ = now;
  end(fd, now, reason_of_end(timed_out));
}

void Model::end(int fd, core::Time now, wire::LeaveReason reason) {
  Slot& slot = slots_[fd];
  if (!slot.open) return;
  const bool silent = is_silent(slot);
  end_heard(slot, reason);
  if (silent && !slot.cut) charge(slot);
  forget_stranger(fd);
  // What was heard on a descriptor in doubt may have been the one before: then this one was not heard.
  if (slot.heard == nobody || slot.doubtful) slot.ended_in_doubt = now;
  slot.open = false;
  slot.heard = nobody;
  forget_kept(fd, slot);
}

void Model::end_heard(const Slot& slot, wire::LeaveReason reason) {
  if (is_silent(slot)) {
    if (!slot.cut) count_refusal(core::Refusal::silent_connection);
  } else if (present_.contains(slot.heard)) {
    leave(slot.heard, reason);
  }
}

void Model::refused(core::Refusal reason, int fd, core::Time now) {
  now_ = now;
  count_refusal(reason);
  const auto found = slots_.find(fd);
  if (found != slots_.end() && found->second.open) charge(found->second);
}

void Model::undeliverable(const core::Undeliverable& event, core::Time now) {
  now_ = now;
  const auto found = by_routing_id_.find(event.routing_id);
  require(found != by_routing_id_.end(), "the core sends only to routing ids that exist");
  if (!present_.contains(found->second)) return;
  leave(found->second, event.full ? wire::LeaveReason::evicted : reason_of_end(event.end.timed_out));
}

bool Model::join(ConnId conn, int fd, const Message& message) {
  Peer& peer = peers_[conn];
  require(peer.state == State::silent, "a connection whose session has left gets no other");
  peer.state = State::present;
  peer.fd = fd;
  peer.delimited = message.delimited;
  peer.last_seen = peer.joined = now_;
  peer.number = ++joins_;
  peer.key = message.key;
  const bool resumed = message.token && come_back(conn, message);
  if (!resumed) {
    const std::string claim = message.kind == Kind::hello ? message.text : std::string();
    peer.name = peer.key.empty() ? claim : message.key_name;
    peer.token = token_of(++tokens_);
  }
  present_.insert(conn);
  forget_stranger(fd);
  count_lanes();
  ++version_;
  if (slots_[fd].owner != conn) ++ghosts_;
  ExpectedNotice notice;
  notice.kind = core::Notice::Kind::joined;
  notice.conn = slots_[fd].owner;  // the address is the descriptor's
  notice.name = peer.name;
  notice.resumed = resumed;
  notice.count = count();
  notice.version = version_;
  notices.push_back(notice);
  refresh(conn);
  return resumed;
}

void Model::leave(ConnId conn, wire::LeaveReason reason, bool any_order, bool may_read) {
  Peer& peer = peers_[conn];
  peer.state = State::ended;
  present_.erase(conn);
  watching_.erase(conn);
  reason == wire::LeaveReason::evicted && !may_read ? cut(peer.fd) : add_stranger(peer.fd);
  ++version_;
  ++leaves_[static_cast<std::size_t>(reason)];
  const bool lost = reason == wire::LeaveReason::disconnected || reason == wire::LeaveReason::timed_out;
  if (lost && peer.said_hello && resumes()) {
    go_away(conn);
  } else {
    drop_requests(peer);
  }
  refresh(conn);
  ExpectedNotice notice;
  notice.kind = core::Notice::Kind::left;
  notice.conn = any_order ? nobody : slots_[peer.fd].owner;
  notice.name = peer.name;
  notice.reason = reason;
  notice.count = count();
  notice.version = version_;
  notices.push_back(notice);
}

void Model::count_refusal(core::Refusal reason) {
  ExpectedNotice notice;
  notice.kind = core::Notice::Kind::refused;
  notice.refusal = reason;
  notice.total = ++refusals_[static_cast<std::size_t>(reason)];
  notices.push_back(notice);
}

void Model::drain_began(std::chrono::nanoseconds grace, core::Time now) {
  if (drain_until_) return;
  now_ = now;
  drain_until_ = now + grace;
  while (!away_.empty()) forget(away_.front());
  ExpectedNotice notice;
  notice.kind = core::Notice::Kind::draining;
  notice.count = count();
  notice.total = unanswered_;
  notices.push_back(notice);
  for (const ConnId conn : present_) {
    if (peers_[conn].said_hello) expect_closing(peers_[conn], wire::ClosingReason::draining);
  }
}

void Model::expect_closing(const Peer& peer, wire::ClosingReason reason) {
  ExpectedSend send;
  send.routing_id = peer.routing_id;
  send.delimited = peer.delimited;
  send.type = wire::Type::closing;
  send.reason = reason;
  if (reason == wire::ClosingReason::draining) {
    const auto left = std::max(*drain_until_ - now_, core::Time{0});
    send.grace_ms = static_cast<std::uint32_t>(left.count() / 1'000'000);
  }
  sends.push_back(send);
}

void Model::turn_ended(core::Time now) {
  now_ = now;
  for (const int fd : std::vector<int>(keeping_)) {
    Slot& slot = slots_[fd];
    if (slot.doubt_until > now) continue;
    const ConnId conn = slot.held;
    const std::vector<Message> kept = slot.kept;
    forget_kept(fd, slot);
    hear(conn, slot);
    for (const Message& message : kept) handle(conn, fd, message);
  }
  forget_expired();
  make_room();
  cut_revoked();
  to_ask_.clear();
  for (auto& [number, worker] : workers_) {
    if (worker.lent.size() >= 2 && !worker.asked && now - worker.since >= core::reclaim_after) to_ask_.insert(number);
  }
  end_hung();
}

void Model::turn_over(core::Time now) {
  require(to_ask_.empty(), "what a slow request holds up is taken back");
  require(drained_ || !runnable_work() || idle_workers() == 0, "no worker idles while a client has runnable work");
  require(replaced_workers() == std::min(hung_workers(), core::hung_workers_max), "a hung worker is replaced at once");
  const bool at_rest = unanswered_ == 0 && keeping_.empty();
  if (drain_until_ && (at_rest || now >= *drain_until_)) end_drain();
}

void Model::end_drain() {
  drained_ = true;
  drained_expected = true;
  for (const ConnId conn : present_) {
    const Peer& peer = peers_[conn];
    for (const Request& request : peer.unanswered) {
      if (request.plain && request.moved) continue;
      ExpectedSend send;
      send.routing_id = peer.routing_id;
      send.delimited = request.delimited;
      send.plain = request.plain;
      send.id = request.plain ? 0 : request.id;
      send.code = wire::ErrorCode::draining;
      ++errors_[static_cast<std::size_t>(send.code)];
      ++told_;
      sends.push_back(send);
    }
  }
  while (!present_.empty()) leave(*present_.begin(), wire::LeaveReason::drained, true);
}

void Model::compare_session(const core::Session& session) const {
  const auto found = by_routing_id_.find(session.routing_id);
  require(found != by_routing_id_.end() && present_.contains(found->second),
          "the roster holds the live sessions and nobody else");
  const Peer& peer = peers_[found->second];
  require(session.fd == peer.fd && session.said_hello == peer.said_hello && session.delimited == peer.delimited &&
              session.last_request_id == peer.last_id && session.resumed_to == peer.resumed_to &&
              session.token == peer.token && session.last_seen == peer.last_seen && session.key == peer.key &&
              *session.name == peer.name,
          "a session knows its client");
}

bool Model::is_delimited(std::uint32_t routing_id) const {
  const auto found = by_routing_id_.find(routing_id);
  return found != by_routing_id_.end() && peers_[found->second].delimited;
}

std::optional<core::Time> Model::due() const {
  std::optional<core::Time> earliest = drained_ ? std::nullopt : drain_until_;
  const auto consider = [&earliest](core::Time time) { earliest = earliest ? std::min(*earliest, time) : time; };
  if (drained_) return std::nullopt;
  if (!away_.empty()) consider(peers_[away_.front()].away_until);
  if (strangers_.size() > limits_.strangers_max) consider(strangers_.front().second + core::stranger_patience);
  for (const int fd : keeping_) consider(slots_.at(fd).doubt_until);
  for (const auto& [conn, cut_at] : evicted_) {
    if (awaits_cut(conn)) consider(cut_at);
  }
  for (const auto& [number, worker] : workers_) {
    if (worker.lent.size() >= 2 && !worker.asked) consider(worker.since + core::reclaim_after);
    const bool may_hang = worker.alone_since && limits_.handler_time_max.count() > 0;
    if (may_hang) consider(*worker.alone_since + limits_.handler_time_max);
  }
  return earliest;
}

std::size_t Model::connections() const {
  return static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(), [](const auto& each) { return each.second.open; }));
}

void Model::compare_counters(const core::Counters& counters) const {
  require(counters.joins == joins_, "counters: joins");
  require(counters.leaves == leaves_, "counters: leaves by reason");
  for (std::size_t i = 0; i < core::refusal_count; ++i) {
    if (counters.refusals[i] == refusals_[i]) continue;
    const std::string name(refusal_name(static_cast<core::Refusal>(i)));
    throw Broken("counters: refusals of " + name + " are " + std::to_string(counters.refusals[i]) + ", must be " +
                 std::to_string(refusals_[i]));
  }
  require(counters.errors == errors_, "counters: errors sent, by code");
  require(counters.requests == accepted_, "counters: requests accepted");
  require(counters.dropped == dropped_, "counters: requests dropped with their client");
  require(counters.replies == told_, "counters: replies");
  require(counters.reply_time.count() == told_, "counters: the time of every reply");
  require(counters.repeated == repeated_, "counters: replies given again");
  require(counters.resumes == resumes_, "counters: sessions resumed");
}

}  // namespace rollcall::sim
