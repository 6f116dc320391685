// The core's handling of messages: PROTOCOL.md sections 3 to 8, by the table in server_table.hpp.
#include <algorithm>
#include <utility>

#include "core/server_core.hpp"

namespace rollcall::core {
namespace {

/// The form in which an error about these bytes goes back.
bool is_plain(std::string_view part) {
  return !part.empty() && static_cast<std::uint8_t>(part[0]) >= wire::first_plain_byte;
}

PeerInput input_of(const wire::ClientMessage& message) { return static_cast<PeerInput>(message.index()); }

/// The request that an error about this message ends; 0 when it is none.
std::uint64_t request_id_of(const wire::ClientMessage& message) {
  if (const auto* request = std::get_if<wire::Request>(&message)) return request->id;
  if (const auto* fault = std::get_if<wire::Fault>(&message)) return fault->request_id;
  return 0;
}

}  // namespace

Refusal refusal_for(wire::ErrorCode code) noexcept {
  switch (code) {
    case wire::ErrorCode::unsupported:
    case wire::ErrorCode::hello_required:
    case wire::ErrorCode::bad_request_id:
    case wire::ErrorCode::reply_lost:
      return Refusal::out_of_place;
    case wire::ErrorCode::busy:
    case wire::ErrorCode::queue_full:
    case wire::ErrorCode::server_full:
    case wire::ErrorCode::watchers_full:
      return Refusal::over_bound;
    case wire::ErrorCode::draining:
      return Refusal::draining;
    case wire::ErrorCode::session_ended:
      return Refusal::session_ended;
    default:
      return Refusal::bad_message;
  }
}

void ServerCore::on(const Received& event, Time now) {
  switch (connections_.judge(event.fd, event.routing_id, now)) {
    case Connections::Verdict::late:
      refuse(Refusal::late_message, now);
      return;
    case Connections::Verdict::doubtful: {
      const Limits& limits = config_.limits;
      const auto kept = connections_.hold(event, limits);
      if (kept == Connections::Kept::late) refuse(Refusal::late_message, now);
      if (kept == Connections::Kept::over_bound) {
        const Origin origin = origin_of(event, *connections_.find(event.fd), now);
        const auto message = wire::decode_client_message(event.part);
        send_error(origin, event.many_parts ? 0 : request_id_of(message), wire::ErrorCode::busy,
                   "too many messages at once from a new client");
      }
      return;
    }
    case Connections::Verdict::replaces: {
      Connection& connection = *connections_.find(event.fd);
      if (connection.session != nullptr) leave(connection, wire::LeaveReason::disconnected, now);
      if (connection.state == PeerState::silent && !connection.cut) refuse(Refusal::silent_connection, now);
      strangers_.add(event.fd, now);
      handle(event, connections_.claim(event.fd, event.routing_id), now);
      return;
    }
    case Connections::Verdict::fresh:
      handle(event, connections_.claim(event.fd, event.routing_id), now);
      return;
    case Connections::Verdict::current:
      handle(event, *connections_.find(event.fd), now);
      return;
  }
}

ServerCore::Origin ServerCore::origin_of(const Received& event, Connection& connection, Time now) {
  return {connection, event.routing_id, event.fd,      {is_plain(event.part), event.delimited},
          now,        event.key,        event.key_name};
}

void ServerCore::handle(const Received& event, Connection& connection, Time now) {
  const Origin origin = origin_of(event, connection, now);
  if (connection.session != nullptr) {
    connection.session->last_seen = now;
    connection.session->delimited = event.delimited;
  }
  wire::ClientMessage message = wire::decode_client_message(event.part);
  if (event.many_parts) {
    message = wire::Fault{wire::ErrorCode::too_many_parts, "one part, and an empty delimiter before it", 0};
  } else if (event.part.size() > config_.limits.message_bytes_max) {
    message = wire::Fault{wire::ErrorCode::too_large, "the part is larger than max-message", request_id_of(message)};
  }
  act(server_action(connection.state, input_of(message)), message, origin);
}

void ServerCore::act(PeerAction action, const wire::ClientMessage& message, const Origin& origin) {
  const std::uint64_t id = request_id_of(message);
  switch (action) {
    case PeerAction::say_fault: {
      const auto& fault = std::get<wire::Fault>(message);
      Session* session = origin.connection.session;  // an id counts as used, whatever becomes of it (section 4.2)
      if (session != nullptr) session->last_request_id = std::max(session->last_request_id, id);
      send_error(origin, id, fault.code, fault.what);
      return;
    }
    case PeerAction::say_hello_required:
      send_error(origin, id, wire::ErrorCode::hello_required, "say HELLO first");
      return;
    case PeerAction::say_ended:
      send_error(origin, id, wire::ErrorCode::session_ended, "this session is over: open a new connection");
      return;
    case PeerAction::join_and_welcome:
      greet(std::get<wire::Hello>(message), origin);
      return;
    case PeerAction::join_and_run:
      if (!may_join(origin, std::nullopt)) return;
      join({}, nullptr, origin);
      run(message, origin);
      return;
    case PeerAction::welcome:
      welcome(std::get<wire::Hello>(message), false, origin);
      return;
    case PeerAction::run:
      run(message, origin);
      return;
    case PeerAction::answer_roster:
      answer_roster(std::get<wire::RosterQuery>(message), origin);
      return;
    case PeerAction::watch:
      watch(std::get<wire::Watch>(message), origin);
      return;
    case PeerAction::leave:
      say_goodbye(origin);
      return;
  }
}

void ServerCore::run(const wire::ClientMessage& message, const Origin& origin) {
  Session& session = *origin.connection.session;
  const bool plain = std::holds_alternative<wire::Plain>(message);
  const auto request = plain ? wire::Request{0, std::get<wire::Plain>(message).text} : std::get<wire::Request>(message);
  if (!plain && !session.said_hello) {
    session.last_request_id = std::max(session.last_request_id, request.id);
    send_error(origin, request.id, wire::ErrorCode::hello_required, "say HELLO first");
    return;
  }
  if (!plain && request.id != 0 && request.id <= session.resumed_to) {
    answer_again(request.id, origin);
    return;
  }
  if (!plain && request.id <= session.last_request_id) {
    send_error(origin, request.id, wire::ErrorCode::bad_request_id,
               "ids rise from 1: this one is not above those before it");
    return;
  }
  const bool draining = phase_ == Phase::draining;
  const auto admission = draining ? Scheduler::Admission::accepted
                                  : scheduler_.push(session.lane, request.id, origin.form, request.body, origin.now);
  // From here on nothing fails.
  if (!plain) session.last_request_id = request.id;
  if (draining) {
    send_error(origin, request.id, wire::ErrorCode::draining, "the server is ending: the request was not run");
    return;
  }
  switch (admission) {
    case Scheduler::Admission::accepted:
      break;
    case Scheduler::Admission::window_full:
      ++counters_.window_refused;
      send_error(origin, request.id, wire::ErrorCode::busy, "window: too many unanswered requests");
      return;
    case Scheduler::Admission::client_bytes_full:
      send_error(origin, request.id, wire::ErrorCode::queue_full, "too many unanswered bytes of this client");
      return;
    case Scheduler::Admission::total_bytes_full:
      send_error(origin, request.id, wire::ErrorCode::queue_full, "too many unanswered bytes of all clients together");
      return;
  }
  ++session.requests;
  ++counters_.requests;
  Notice notice;
  notice.kind = Notice::Kind::message;
  notice.address = &session.address;
  notice.name = *session.name;
  notice.text = request.body;
  tell(notice, origin.now);
}

void ServerCore::say_error(const Origin& origin, std::uint64_t id, wire::ErrorCode code, std::string_view text) {
  ++counters_.errors[static_cast<std::size_t>(code)];
  std::string& part = scratch();
  encode_error(origin.form, {id, code, text}, part);
  effects_.emplace_back(Send{origin.routing_id, origin.form.delimited, part});
  refuse(refusal_for(code), origin.now);
}

void ServerCore::send_error(const Origin& origin, std::uint64_t id, wire::ErrorCode code, std::string_view text) {
  say_error(origin, id, code, text);
  const Refusal reason = refusal_for(code);
  if (!config_.records || (reason != Refusal::over_bound && reason != Refusal::draining)) return;
  Record record;
  record.kind = Record::Kind::refused;
  record.routing_id = origin.routing_id;
  record.code = code;
  effects_.emplace_back(record);
}

}  // namespace rollcall::core
