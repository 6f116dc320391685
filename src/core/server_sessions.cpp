// The core's handling of sessions: who may join, who comes back, who leaves (PROTOCOL.md sections 2, 4.1, 4.3 and 4.5).
#include <algorithm>
#include <limits>
#include <utility>

#include "core/server_core.hpp"

namespace rollcall::core {

void ServerCore::greet(const wire::Hello& hello, const Origin& origin) {
  if (!may_join(origin, hello.token)) return;
  const Absentee* back = hello.token ? absentees_.find(*hello.token, origin.key) : nullptr;
  const bool resumed = back != nullptr;
  join(hello.name, back, origin);
  welcome(hello, resumed, origin);
}

bool ServerCore::may_join(const Origin& origin, const std::optional<wire::Token>& token) {
  if (roster_.find(origin.routing_id) != nullptr) {
    refuse(Refusal::forged_routing_id, origin.now);  // it belongs to a client on another connection
    return false;
  }
  // Who comes at the wrong time has done nothing wrong.
  origin.connection.is_charged = true;
  if (phase_ == Phase::draining) {
    send_error(origin, 0, wire::ErrorCode::draining, "the server is ending: connect elsewhere, or later");
    return false;
  }
  // Its connection is half-open: it is the same client that comes, and knows better.
  Session* elsewhere = token && resumes() ? roster_.find(*token) : nullptr;
  if (elsewhere != nullptr && elsewhere->said_hello && elsewhere->key == origin.key) {
    const int fd = elsewhere->fd;
    leave(*connections_.find(fd), wire::LeaveReason::disconnected, origin.now);
    cut(fd);
  }
  if (roster_.count() >= config_.limits.clients_max) {
    send_error(origin, 0, wire::ErrorCode::server_full, "the server has as many clients as max-clients allows");
    return false;
  }
  return true;
}

void ServerCore::join(std::string_view name, const Absentee* back, const Origin& origin) {
  Session fresh;
  fresh.routing_id = origin.routing_id;
  fresh.fd = origin.fd;
  fresh.delimited = origin.form.delimited;
  fresh.joined = origin.now;
  fresh.last_seen = origin.now;
  fresh.address = origin.connection.address;
  fresh.key = origin.key;
  const bool resumed = back != nullptr;
  if (resumed) {
    fresh.token = back->token;
    fresh.name = back->name;
  } else {
    fresh.token = config_.make_token();
    // Where connections have keys, their owners' names are known, and no claim is needed.
    fresh.name = std::make_shared<const std::string>(origin.key.empty() ? name : origin.key_name);
    scheduler_.reserve_lane();
  }
  Session& session = roster_.join(std::move(fresh));
  // From here on nothing fails.
  if (resumed) {
    resume(session);
  } else {
    session.lane = scheduler_.open(session.routing_id, session.name);
  }
  origin.connection.session = &session;
  origin.connection.state = PeerState::present;
  strangers_.remove(origin.fd);
  ++counters_.joins;
  remember(wire::EventKind::joined, wire::LeaveReason::none, session, origin.now);
  Notice notice;
  notice.kind = Notice::Kind::joined;
  notice.address = &session.address;
  notice.name = *session.name;
  notice.resumed = resumed;
  notice.count = roster_.count();
  notice.version = roster_.version();
  tell(notice, origin.now);
  record(Record::Kind::joined, session);
}

void ServerCore::resume(Session& session) {
  const Absentee absentee = absentees_.take(session.token, session.key).value();
  ++counters_.resumes;
  session.said_hello = true;
  session.last_request_id = session.resumed_to = absentee.last_request_id;
  session.missed_to = replies_.last(absentee.lane);
  session.lane = absentee.lane;
  scheduler_.resume(session.lane, session.routing_id);
}

void ServerCore::answer_again(std::uint64_t id, const Origin& origin) {
  const Session& session = *origin.connection.session;
  if (const auto reply = replies_.find(session.lane, id)) {
    // A later one was kept after the session was resumed, and so it was sent.
    if (id > session.missed_to) return;
    std::string& part = scratch();
    part = *reply;
    effects_.emplace_back(Send{origin.routing_id, origin.form.delimited, part});
    ++counters_.repeated;
    return;
  }
  if (scheduler_.is_unanswered(session.lane, id)) return;
  send_error(origin, id, wire::ErrorCode::reply_lost, "it has ended, and what came of it is no longer kept");
}

void ServerCore::welcome(const wire::Hello& hello, bool resumed, const Origin& origin) {
  Session& session = *origin.connection.session;
  if (!session.said_hello && session.key.empty() && *session.name != hello.name) {
    session.name = std::make_shared<const std::string>(hello.name);
    scheduler_.rename(session.lane, session.name);
  }
  session.said_hello = true;
  wire::Welcome message;
  message.resumed = resumed;
  message.token = session.token;
  message.window = config_.limits.window;
  message.max_message_bytes = static_cast<std::uint32_t>(
      std::min<std::size_t>(config_.limits.message_bytes_max, std::numeric_limits<std::uint32_t>::max()));
  message.liveness_ms = static_cast<std::uint32_t>(config_.liveness.count());
  message.count = roster_.count();
  message.version = roster_.version();
  send(session.routing_id, origin.form.delimited, message);
  if (phase_ == Phase::draining) say_draining(session, origin.now);
}

void ServerCore::say_goodbye(const Origin& origin) {
  send(origin.routing_id, origin.form.delimited, wire::Closing{wire::ClosingReason::goodbye, 0, {}});
  leave(origin.connection, wire::LeaveReason::goodbye, origin.now);
}

void ServerCore::leave(Connection& connection, wire::LeaveReason reason, Time now, bool may_read) {
  const Session& session = *connection.session;
  const bool lost = reason == wire::LeaveReason::disconnected || reason == wire::LeaveReason::timed_out;
  if (lost && session.said_hello && resumes() && phase_ == Phase::serving) {
    park(session, now);
  } else {
    counters_.dropped += scheduler_.close(session.lane);
    replies_.forget(session.lane);
  }
  ++counters_.leaves[static_cast<std::size_t>(reason)];
  connection.session = nullptr;
  connection.state = PeerState::ended;
  // Nothing more can be said to a client that does not read; one that said goodbye may read its answer, and go.
  reason == wire::LeaveReason::evicted && !may_read ? cut(session.fd) : strangers_.add(session.fd, now);
  watchers_.remove(session.routing_id);
  left_.push_back(roster_.leave(session.routing_id));
  remember(wire::EventKind::left, reason, session, now);
  Notice notice;
  notice.kind = Notice::Kind::left;
  notice.address = &session.address;
  notice.name = *session.name;
  notice.reason = reason;
  notice.count = roster_.count();
  notice.version = roster_.version();
  tell(notice, now);
  record(Record::Kind::left, session, reason);
}

void ServerCore::park(const Session& session, Time now) {
  Absentee absentee;
  absentee.token = session.token;
  absentee.lane = session.lane;
  // What is dropped was not run, and may be asked for again.
  const std::uint64_t first_queued = scheduler_.first_queued(session.lane);
  absentee.last_request_id = first_queued > 0 ? first_queued - 1 : session.last_request_id;
  absentee.name = session.name;
  absentee.key = session.key;
  absentee.until = now + config_.limits.resume_time_max;
  const auto displaced = absentees_.add(std::move(absentee));
  // From here on nothing fails.
  counters_.dropped += scheduler_.park(session.lane);
  if (displaced) forget(*displaced);
}

void ServerCore::forget(const Absentee& absentee) noexcept {
  counters_.dropped += scheduler_.close(absentee.lane);
  replies_.forget(absentee.lane);
}

}  // namespace rollcall::core
