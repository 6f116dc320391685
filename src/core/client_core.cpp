#include "core/client_core.hpp"

#include <algorithm>
#include <utility>

#include "wire/codec.hpp"

namespace rollcall::core {
namespace {

bool is_refusal(wire::ErrorCode code) {
  return code == wire::ErrorCode::server_full || code == wire::ErrorCode::draining ||
         code == wire::ErrorCode::session_ended || code == wire::ErrorCode::routing_id_refused ||
         code == wire::ErrorCode::hello_required;
}

}  // namespace

template <typename Message>
void ClientCore::send(const Message& message) {
  ClientSend effect;
  wire::encode(message, effect.part);
  effects_.emplace_back(std::move(effect));
}

ClientAction ClientCore::take(ClientInput input) {
  const ClientStep step = client_step(state_, input);
  state_ = step.next;
  return step.action;
}

ClientCore::Effects ClientCore::connected() {
  effects_.clear();
  if (take(ClientInput::connected) == ClientAction::say_hello) send(wire::Hello{name_, token_, {}});
  return effects_;
}

ClientCore::Effects ClientCore::lost() {
  effects_.clear();
  lose_connection();
  return effects_;
}

void ClientCore::lose_connection() {
  const ClientAction action = take(ClientInput::lost);
  if (action == ClientAction::reconnect) {
    doubt_sent();
    effects_.emplace_back(ClientLost{});
    effects_.emplace_back(ClientReconnect{});
  }
  if (action == ClientAction::end_gone) {
    end_all_unknown();
    effects_.emplace_back(ClientClosed{});
  }
}

void ClientCore::doubt_sent() {
  in_doubt_.insert(in_doubt_.end(), sent_.begin(), sent_.end());
  sent_.clear();
}

ClientCore::Effects ClientCore::count() {
  effects_.clear();
  if (state_ == ClientState::ready) send(wire::Hello{name_, token_, {}});
  return effects_;
}

ClientCore::Effects ClientCore::leave() {
  effects_.clear();
  const ClientAction action = take(ClientInput::leave);
  if (action == ClientAction::say_bye) send(wire::Bye{});
  if (action == ClientAction::end_at_once) {
    end_all_unknown();
    effects_.emplace_back(ClientClosed{});
  }
  return effects_;
}

ClientCore::Effects ClientCore::ask(std::uint64_t id, std::string body) {
  effects_.clear();
  if (state_ == ClientState::closed || state_ == ClientState::leaving) {
    effects_.emplace_back(ClientOutcome{ClientOutcome::Kind::error, id, "the client has left the server", 0, 0,
                                        wire::ErrorCode::session_ended});
    return effects_;
  }
  waiting_.push_back({id, std::move(body)});
  send_waiting();
  return effects_;
}

ClientCore::Effects ClientCore::received(std::string_view part) {
  effects_.clear();
  on_message(wire::decode_server_message(part));
  return effects_;
}

void ClientCore::on_message(const wire::ServerMessage& message) {
  if (const auto* welcome = std::get_if<wire::Welcome>(&message)) {
    const ClientAction action = take(ClientInput::welcome);
    if (action == ClientAction::begin) begin(*welcome);
    if (action == ClientAction::update) update(*welcome);
    send_waiting();
  } else if (const auto* reply = std::get_if<wire::Reply>(&message)) {
    if (take(ClientInput::outcome) != ClientAction::end_request) return;
    end_request({ClientOutcome::Kind::reply, reply->id, std::string(reply->body), reply->count, reply->version, {}});
  } else if (const auto* error = std::get_if<wire::Error>(&message)) {
    on_error(*error);
  } else if (const auto* closing = std::get_if<wire::Closing>(&message)) {
    on_closing(*closing);
  } else if (std::holds_alternative<wire::Fault>(message)) {
    lose_connection();  // a server that can't be understood
  }
}

void ClientCore::on_error(const wire::Error& error) {
  if (error.id != 0) {
    if (take(ClientInput::outcome) != ClientAction::end_request) return;
    end_request({ClientOutcome::Kind::error, error.id, std::string(error.text), 0, 0, error.code});
    // Evicted: only a new connection helps. Or a connection on which HELLO was never said: the one on which it was has
    // been lost, and nobody has told.
    if (error.code == wire::ErrorCode::session_ended || error.code == wire::ErrorCode::hello_required) {
      lose_connection();
    }
    return;
  }
  if (!is_refusal(error.code)) return;
  const ClientAction action = take(ClientInput::refusal);
  if (action == ClientAction::ignore) return;
  end_all_unknown();
  effects_.emplace_back(ClientClosed{action == ClientAction::end_refused, error.code, std::string(error.text)});
}

void ClientCore::on_closing(const wire::Closing& closing) {
  if (closing.reason == wire::ClosingReason::goodbye) {
    if (take(ClientInput::goodbye) != ClientAction::end_gone) return;
    end_all_unknown();
    effects_.emplace_back(ClientClosed{});
    return;
  }
  if (take(ClientInput::closing) != ClientAction::expect_end) return;
  effects_.emplace_back(ClientClosing{closing.reason, closing.grace_ms, std::string(closing.text)});
}

void ClientCore::take_terms(const wire::Welcome& welcome) {
  token_ = welcome.token;
  window_ = welcome.window;
  message_bytes_max_ = welcome.max_message_bytes;
}

void ClientCore::begin(const wire::Welcome& welcome) {
  const bool again = token_.has_value();
  take_terms(welcome);
  effects_.emplace_back(
      ClientWelcomed{again, welcome.resumed, welcome.count, welcome.version, welcome.window, welcome.liveness_ms});
  // This server's life is not the one in which they were sent, or it does not remember: nobody can say what became of
  // them.
  for (const std::uint64_t id : std::exchange(in_doubt_, {})) end_unknown(id);
}

void ClientCore::update(const wire::Welcome& welcome) {
  if (token_ == welcome.token) {
    take_terms(welcome);
    effects_.emplace_back(ClientCounted{welcome.count, welcome.version});
    return;
  }
  // Another session (PROTOCOL.md section 2): the connection was lost between two looks at it.
  doubt_sent();
  effects_.emplace_back(ClientLost{});
  begin(welcome);
}

void ClientCore::send_waiting() {
  while (state_ == ClientState::ready && !waiting_.empty() && sent_.size() < window_) {
    const Waiting& next = waiting_.front();
    if (wire::request_head_bytes + next.body.size() > message_bytes_max_) {
      // The server would refuse it, or end the connection and with it every other request.
      effects_.emplace_back(ClientOutcome{ClientOutcome::Kind::error, next.id, "larger than the server's max-message",
                                          0, 0, wire::ErrorCode::too_large});
    } else {
      send(wire::Request{next.id, next.body});
      sent_.push_back(next.id);
    }
    waiting_.pop_front();
  }
}

void ClientCore::end_request(ClientOutcome outcome) {
  const auto place = std::lower_bound(sent_.begin(), sent_.end(), outcome.id);
  if (place == sent_.end() || *place != outcome.id) return;
  sent_.erase(place);
  effects_.emplace_back(std::move(outcome));
  send_waiting();
}

void ClientCore::end_unknown(std::uint64_t id) {
  ClientOutcome outcome;
  outcome.id = id;
  effects_.emplace_back(std::move(outcome));
}

void ClientCore::end_all_unknown() {
  for (const std::uint64_t id : std::exchange(in_doubt_, {})) end_unknown(id);
  for (const std::uint64_t id : std::exchange(sent_, {})) end_unknown(id);
  for (const Waiting& waiting : waiting_) {
    effects_.emplace_back(ClientOutcome{ClientOutcome::Kind::error, waiting.id,
                                        "not sent: the client has left the server", 0, 0,
                                        wire::ErrorCode::session_ended});
  }
  waiting_.clear();
}

}  // namespace rollcall::core
