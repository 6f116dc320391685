#include "core/client_core.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rollcall::core {
namespace {

bool is_refusal(wire::ErrorCode code) {
  return code == wire::ErrorCode::server_full || code == wire::ErrorCode::draining ||
         code == wire::ErrorCode::session_ended || code == wire::ErrorCode::routing_id_refused ||
         code == wire::ErrorCode::hello_required || code == wire::ErrorCode::unauthorized;
}

}  // namespace

ClientCore::Effects ClientCore::connected() {
  effects_.clear();
  const auto [action, next] = step(ClientInput::connected);
  if (action == ClientAction::say_hello) add_send(effects_, wire::Hello{name_, token_, {}});
  state_ = next;
  return effects_;
}

ClientCore::Effects ClientCore::lost() {
  effects_.clear();
  lose_connection();
  return effects_;
}

void ClientCore::lose_connection() {
  const bool was_served = is_served();
  const auto [action, next] = step(ClientInput::lost);
  if (action == ClientAction::reconnect) {
    effects_.reserve(effects_.size() + 2);
    forget_connection();
    if (was_served) effects_.emplace_back(ClientLost{});
    effects_.emplace_back(ClientReconnect{});
  }
  if (action == ClientAction::end_gone) {
    end_all();
    effects_.emplace_back(ClientClosed{});
  }
  state_ = next;
}

void ClientCore::forget_connection() noexcept {
  in_doubt_.splice(in_doubt_.end(), sent_);
  listing_.lost();
  watching_.lost();
}

ClientCore::Effects ClientCore::count() {
  effects_.clear();
  if (state_ == ClientState::ready) add_send(effects_, wire::Hello{name_, token_, {}});
  return effects_;
}

ClientCore::Effects ClientCore::roster(std::uint64_t call) {
  effects_.clear();
  listing_.want(call);
  if (state_ == ClientState::closed || state_ == ClientState::leaving) listing_.end(effects_);
  ask_who_is_here();
  return effects_;
}

ClientCore::Effects ClientCore::go_on_listing() {
  effects_.clear();
  if (state_ == ClientState::ready) listing_.go_on(effects_);
  return effects_;
}

ClientCore::Effects ClientCore::watch() {
  effects_.clear();
  if (state_ == ClientState::closed || state_ == ClientState::leaving) return effects_;
  watching_.begin();
  ask_who_is_here();
  return effects_;
}

ClientCore::Effects ClientCore::unwatch() {
  effects_.clear();
  watching_.stop(is_served(), effects_);
  return effects_;
}

void ClientCore::ask_who_is_here() {
  if (state_ != ClientState::ready) return;
  watching_.ask_when_due(effects_);
  listing_.begin_when_wanted(effects_);
}

ClientCore::Effects ClientCore::leave() {
  effects_.clear();
  const auto [action, next] = step(ClientInput::leave);
  if (action == ClientAction::say_bye) {
    listing_.end(effects_);  // the server sends nothing more but its goodbye
    add_send(effects_, wire::Bye{});
  }
  if (action == ClientAction::end_at_once) {
    end_all();
    effects_.emplace_back(ClientClosed{});
  }
  state_ = next;
  return effects_;
}

ClientCore::Effects ClientCore::refused(wire::ErrorCode code, std::string why) {
  effects_.clear();
  if (state_ == ClientState::closed) return effects_;
  end_all();
  effects_.emplace_back(ClientClosed{true, code, std::move(why)});
  state_ = ClientState::closed;
  return effects_;
}

ClientCore::Effects ClientCore::ask(std::uint64_t id, std::string body, bool idempotent) {
  effects_.clear();
  if (state_ == ClientState::closed || state_ == ClientState::leaving) {
    effects_.emplace_back(ClientOutcome{ClientOutcome::Kind::error, id, "the client has left the server", 0, 0,
                                        wire::ErrorCode::session_ended});
    return effects_;
  }
  waiting_.push_back({id, std::move(body), idempotent});
  try {
    send_waiting();
  } catch (...) {
    waiting_.pop_back();  // it is there still: what failed is it, or one before it
    throw;
  }
  return effects_;
}

ClientCore::Effects ClientCore::received(std::string_view part) {
  effects_.clear();
  on_message(wire::decode_server_message(part));
  return effects_;
}

void ClientCore::on_message(const wire::ServerMessage& message) {
  if (const auto* welcome = std::get_if<wire::Welcome>(&message)) {
    const auto [action, next] = step(ClientInput::welcome);
    if (action == ClientAction::begin) begin(*welcome);
    if (action == ClientAction::update) update(*welcome);
    state_ = next;
    send_waiting();
    ask_who_is_here();
  } else if (const auto* reply = std::get_if<wire::Reply>(&message)) {
    if (step(ClientInput::outcome).action != ClientAction::end_request) return;
    end_request({ClientOutcome::Kind::reply, reply->id, std::string(reply->body), reply->count, reply->version, {}});
  } else if (const auto* roster = std::get_if<wire::Roster>(&message)) {
    if (!is_served()) return;
    roster->pushed ? watching_.listed(*roster, effects_) : listing_.answered(*roster, effects_);
  } else if (const auto* event = std::get_if<wire::Event>(&message)) {
    if (is_served()) watching_.happened(*event, effects_);
  } else if (const auto* error = std::get_if<wire::Error>(&message)) {
    error->id == 0 ? on_general_error(*error) : on_error(*error);
  } else if (const auto* closing = std::get_if<wire::Closing>(&message)) {
    on_closing(*closing);
  } else if (std::holds_alternative<wire::Fault>(message)) {
    lose_connection();  // a server that can't be understood
  }
}

void ClientCore::on_error(const wire::Error& error) {
  // A connection on which HELLO was never said: the one on which it was has been lost, and nobody has told. The request
  // was not run.
  if (error.code == wire::ErrorCode::hello_required) {
    if (!is_served()) return;
    if (const auto place = find_sent(error.id); place != sent_.end()) place->idempotent = true;
    lose_connection();
    return;
  }
  if (step(ClientInput::outcome).action != ClientAction::end_request) return;
  end_request({ClientOutcome::Kind::error, error.id, std::string(error.text), 0, 0, error.code});
  if (error.code == wire::ErrorCode::session_ended) lose_connection();  // only a new connection helps
}

void ClientCore::on_general_error(const wire::Error& error) {
  if (is_served()) {
    // A server that knows neither WATCH nor ROSTER queries does not say which it means.
    const bool of_watch = watching_.refused(error, effects_);
    if (listing_.refused(error, effects_) || of_watch) return;
  }
  if (!is_refusal(error.code)) return;
  // Who was welcome once will be so again, when there is room, or when the next server runs.
  const bool for_now = error.code == wire::ErrorCode::server_full || error.code == wire::ErrorCode::draining;
  if (welcomed_ && for_now && state_ == ClientState::greeting) {
    lose_connection();
    return;
  }
  const auto [action, next] = step(ClientInput::refusal);
  if (action == ClientAction::ignore) return;
  end_all();
  effects_.emplace_back(ClientClosed{action == ClientAction::end_refused, error.code, std::string(error.text)});
  state_ = next;
}

void ClientCore::on_closing(const wire::Closing& closing) {
  if (closing.reason == wire::ClosingReason::goodbye) {
    const auto [action, next] = step(ClientInput::goodbye);
    if (action != ClientAction::end_gone) return;
    end_all();
    effects_.emplace_back(ClientClosed{});
    state_ = next;
    return;
  }
  const auto [action, next] = step(ClientInput::closing);
  if (action != ClientAction::expect_end) return;
  effects_.emplace_back(ClientClosing{closing.reason, closing.grace_ms, std::string(closing.text)});
  state_ = next;
}

void ClientCore::take_terms(const wire::Welcome& welcome) {
  token_ = welcome.token;
  window_ = welcome.window;
  message_bytes_max_ = welcome.max_message_bytes;
}

void ClientCore::begin(const wire::Welcome& welcome) {
  effects_.reserve(effects_.size() + 1 + in_doubt_.size());
  // From here on nothing fails.
  const bool again = std::exchange(welcomed_, true);
  take_terms(welcome);
  watching_.welcomed(welcome.resumed);
  effects_.emplace_back(
      ClientWelcomed{again, welcome.resumed, welcome.count, welcome.version, welcome.window, welcome.liveness_ms});
  end_or_send_again(welcome.resumed);
}

void ClientCore::end_or_send_again(bool resumed) {
  // A server that does not resume lives another life than the one in which they were sent, or does not remember: nobody
  // can say what became of them.
  for (auto request = in_doubt_.begin(); !resumed && request != in_doubt_.end();) {
    if (!request->idempotent) end_unknown(request->id);
    request = request->idempotent ? std::next(request) : in_doubt_.erase(request);
  }
  waiting_.splice(waiting_.begin(), in_doubt_);
}

void ClientCore::update(const wire::Welcome& welcome) {
  if (token_ == welcome.token && !welcome.resumed) {
    effects_.emplace_back(ClientCounted{welcome.count, welcome.version});
    take_terms(welcome);
    return;
  }
  // Another session, or another connection for it (PROTOCOL.md section 2): the one before was lost between two looks.
  effects_.reserve(effects_.size() + 2 + sent_.size());
  forget_connection();
  effects_.emplace_back(ClientLost{});
  begin(welcome);
}

void ClientCore::send_waiting() {
  while (state_ == ClientState::ready && !waiting_.empty() && sent_.size() < window_) {
    Request& next = waiting_.front();
    if (wire::request_head_bytes + next.body.size() > message_bytes_max_) {
      // The server would refuse it, or end the connection and with it every other request.
      effects_.emplace_back(ClientOutcome{ClientOutcome::Kind::error, next.id, "larger than the server's max-message",
                                          0, 0, wire::ErrorCode::too_large});
      waiting_.pop_front();
    } else {
      add_send(effects_, wire::Request{next.id, next.body});
      sent_.splice(sent_.end(), waiting_, waiting_.begin());
    }
  }
}

std::list<ClientCore::Request>::iterator ClientCore::find_sent(std::uint64_t id) {
  return std::find_if(sent_.begin(), sent_.end(), [id](const Request& sent) { return sent.id == id; });
}

void ClientCore::end_request(ClientOutcome outcome) {
  const auto place = find_sent(outcome.id);
  if (place == sent_.end()) return;
  effects_.emplace_back(std::move(outcome));
  sent_.erase(place);
  send_waiting();
}

void ClientCore::end_unknown(std::uint64_t id) {
  ClientOutcome outcome;
  outcome.id = id;
  effects_.emplace_back(std::move(outcome));
}

void ClientCore::end_all() {
  for (std::list<Request>* sent : {&in_doubt_, &sent_}) {
    for (; !sent->empty(); sent->pop_front()) end_unknown(sent->front().id);
  }
  for (; !waiting_.empty(); waiting_.pop_front()) {
    effects_.emplace_back(ClientOutcome{ClientOutcome::Kind::error, waiting_.front().id,
                                        "not sent: the client has left the server", 0, 0,
                                        wire::ErrorCode::session_ended});
  }
  listing_.end(effects_);
  watching_.end();
}

}  // namespace rollcall::core
