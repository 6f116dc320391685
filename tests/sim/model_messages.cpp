// The model's reading of messages: PROTOCOL.md sections 3 to 8, and which connection a message is of.
#include <algorithm>
#include <utility>

#include "sim/model.hpp"
#include "sim/trace.hpp"

namespace rollcall::sim {
namespace {

/// The counter that an error goes to, by the comments of core::Refusal.
core::Refusal refusal_of(wire::ErrorCode code) {
  const auto number = static_cast<unsigned>(code);
  if (number <= 9) return core::Refusal::bad_message;
  if (number <= 12) return core::Refusal::out_of_place;
  if (number <= 15 || number == 23) return core::Refusal::over_bound;
  if (number == 22) return core::Refusal::out_of_place;
  return number == 16 ? core::Refusal::draining : core::Refusal::session_ended;
}

/// The request that an error about the message ends; what has many parts is none.
std::uint64_t id_of(const Message& message) {
  return message.kind == Kind::request && !message.many_parts ? message.id : 0;
}

}  // namespace

void Model::received(ConnId conn, int fd, const Message& message, core::Time now) {
  now_ = now;
  Slot& slot = slots_[fd];
  const bool overtaken = slot.latest != nobody && slot.latest >= conn && slot.heard != conn;
  const bool cut = slot.cut && (slot.heard == conn || slot.heard == nobody);
  if (!slot.open || overtaken || cut) {
    require(!slot.open || slot.cut || slot.owner != conn, "no message of the living is late");
    count_refusal(core::Refusal::late_message);
    return;
  }
  if (slot.heard == conn) {
    handle(conn, fd, message);
    return;
  }
  if (slot.held != nobody || now < slot.doubt_until) {
    keep(conn, slot, fd, message);
    return;
  }
  require(slot.owner == conn, "the world tells late what is late in time, and doubt covers the rest");
  if (slot.heard != nobody) {
    end_heard(slot);
    slot.cut = false;
    add_stranger(fd);
  }
  hear(conn, slot);
  handle(conn, fd, message);
}

void Model::hear(ConnId conn, Slot& slot) {
  slot.heard = conn;
  slot.latest = conn;
}

void Model::keep(ConnId conn, Slot& slot, int fd, const Message& message) {
  if (slot.held != nobody && conn < slot.held) {
    count_refusal(core::Refusal::late_message);
    return;
  }
  if (slot.held != conn) {
    forget_kept(fd, slot);
    slot.held = conn;
    keeping_.push_back(fd);
  }
  const std::size_t bytes = message.bytes.size() + core::kept_buffer_bytes_max;
  const bool too_many = slot.kept.size() > limits_.window;
  const bool too_much = slot.kept_bytes + bytes > limits_.client_queue_bytes_max;
  const bool all_too_much = all_kept_bytes_ + bytes > limits_.total_queue_bytes_max;
  if (!slot.kept.empty() && (too_many || too_much || all_too_much)) {
    error(conn, message, id_of(message), wire::ErrorCode::busy);
    return;
  }
  slot.kept.push_back(message);
  slot.kept_bytes += bytes;
  all_kept_bytes_ += bytes;
}

void Model::forget_kept(int fd, Slot& slot) {
  all_kept_bytes_ -= slot.kept_bytes;
  slot.kept_bytes = 0;
  slot.kept.clear();
  slot.held = nobody;
  std::erase(keeping_, fd);
}

void Model::error(ConnId conn, const Message& message, std::uint64_t id, wire::ErrorCode code) {
  ExpectedSend send;
  send.routing_id = peers_[conn].routing_id;
  send.delimited = message.delimited;
  send.plain = message.plain_form();
  send.id = send.plain ? 0 : id;
  send.code = code;
  sends.push_back(send);
  ++errors_[static_cast<std::size_t>(code)];
  count_refusal(refusal_of(code));
}

void Model::handle(ConnId conn, int fd, const Message& message) {
  using wire::ErrorCode;
  Peer& peer = peers_[conn];
  if (peer.state == State::present) peer.delimited = message.delimited;
  peer.last_seen = now_;
  const std::uint64_t id = id_of(message);
  if (peer.state == State::ended) return error(conn, message, id, ErrorCode::session_ended);
  if (message.many_parts) return error(conn, message, 0, ErrorCode::too_many_parts);
  if (message.bytes.size() > limits_.message_bytes_max) {
    if (peer.state == State::present) peer.last_id = std::max(peer.last_id, id);
    return error(conn, message, id, ErrorCode::too_large);
  }
  const bool silent = peer.state == State::silent;
  switch (message.kind) {
    case Kind::garbage:
      return error(conn, message, 0, message.fault);
    case Kind::roster_query:
      if (silent) return error(conn, message, 0, ErrorCode::hello_required);
      return query(conn, message);
    case Kind::watch:
      if (silent) return error(conn, message, 0, ErrorCode::hello_required);
      return watch(conn, message);
    case Kind::hello: {
      if (silent && !may_join(conn, message)) return;
      const bool resumed = silent && join(conn, fd, message);
      return welcome(conn, message, resumed);
    }
    case Kind::plain:
      if (silent && !may_join(conn, message)) return;
      if (silent) join(conn, fd, message);
      return run(conn, message);
    case Kind::request:
      if (silent) return error(conn, message, id, ErrorCode::hello_required);
      return run(conn, message);
    case Kind::bye: {
      if (silent) return error(conn, message, 0, ErrorCode::hello_required);
      ExpectedSend send;
      send.routing_id = peer.routing_id;
      send.delimited = message.delimited;
      send.type = wire::Type::closing;
      send.reason = wire::ClosingReason::goodbye;
      sends.push_back(send);
      return leave(conn, wire::LeaveReason::goodbye);
    }
  }
}

bool Model::may_join(ConnId conn, const Message& message) {
  slots_[peers_[conn].fd].charged = true;  // who comes at the wrong time has done nothing wrong
  if (draining()) {
    error(conn, message, 0, wire::ErrorCode::draining);
    return false;
  }
  if (message.token && resumes()) end_elsewhere(message);
  if (present_.size() >= limits_.clients_max) {
    error(conn, message, 0, wire::ErrorCode::server_full);
    return false;
  }
  return true;
}

void Model::welcome(ConnId conn, const Message& message, bool resumed) {
  Peer& peer = peers_[conn];
  if (!peer.said_hello && peer.key.empty()) peer.name = message.text;
  peer.said_hello = true;
  ExpectedSend send;
  send.routing_id = peer.routing_id;
  send.delimited = message.delimited;
  send.type = wire::Type::welcome;
  send.resumed = resumed;
  send.count = count();
  send.version = version_;
  send.token = peer.token;
  sends.push_back(send);
  if (draining()) expect_closing(peer, wire::ClosingReason::draining);
}

void Model::run(ConnId conn, const Message& message) {
  using wire::ErrorCode;
  Peer& peer = peers_[conn];
  if (message.kind == Kind::request) {
    if (message.id != 0 && message.id <= peer.resumed_to) return answer_again(conn, message);
    const bool rises = message.id > peer.last_id;
    peer.last_id = std::max(peer.last_id, message.id);  // whatever becomes of it (section 4.2)
    if (!peer.said_hello) return error(conn, message, message.id, ErrorCode::hello_required);
    if (!rises) return error(conn, message, message.id, ErrorCode::bad_request_id);
  }
  if (draining()) return error(conn, message, message.id, ErrorCode::draining);
  const std::size_t bytes = message.text.size() + core::kept_buffer_bytes_max;
  if (peer.unanswered.size() >= limits_.window) return error(conn, message, message.id, ErrorCode::busy);
  const bool client_full = !peer.unanswered.empty() && peer.bytes + bytes > limits_.client_queue_bytes_max;
  const bool all_full = unanswered_ > 0 && bytes_ + bytes > limits_.total_queue_bytes_max;
  if (client_full || all_full) return error(conn, message, message.id, ErrorCode::queue_full);
  peer.unanswered.push_back({message.id, message.kind == Kind::plain, message.delimited, message.text, false});
  peer.bytes += bytes;
  bytes_ += bytes;
  ++unanswered_;
  ++accepted_;
  ++peer.requests;
  refresh(conn);
  ExpectedNotice notice;
  notice.kind = core::Notice::Kind::message;
  notice.conn = slots_[peer.fd].owner;
  notice.name = peer.name;
  notice.text = message.text;
  notices.push_back(notice);
}

}  // namespace rollcall::sim
