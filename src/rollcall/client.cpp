#include "rollcall/client.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <set>
#include <utility>

#include "io/client_keys.hpp"
#include "io/client_loop.hpp"
#include "io/endpoint_error.hpp"
#include "rollcall/endpoint.hpp"
#include "wire/utf8.hpp"

namespace rollcall {
namespace {

// A server that ends every handshake for this long, and more than by chance, does not have the key that was given.
constexpr std::chrono::milliseconds wrong_key_patience{2500};
constexpr std::uint64_t wrong_key_handshakes = 3;

/// Public form of what the loop reports; nothing for what only the loop needs.
std::optional<Client::Happening> happening_of(const core::ClientEffect& effect) {
  if (const auto* outcome = std::get_if<core::ClientOutcome>(&effect)) {
    const bool error = outcome->kind == core::ClientOutcome::Kind::error;
    const bool reply = outcome->kind == core::ClientOutcome::Kind::reply;
    return Outcome{reply   ? Outcome::Kind::reply
                   : error ? Outcome::Kind::error
                           : Outcome::Kind::unknown,
                   outcome->id,
                   outcome->text,
                   outcome->count,
                   outcome->version,
                   error ? static_cast<std::uint16_t>(outcome->code) : std::uint16_t{0},
                   error ? std::string(wire::error_name(outcome->code)) : std::string()};
  }
  if (const auto* welcomed = std::get_if<core::ClientWelcomed>(&effect)) {
    return ClientEvent{welcomed->again ? ClientEvent::Kind::reconnected : ClientEvent::Kind::connected,
                       welcomed->count,
                       welcomed->resumed,
                       {}};
  }
  if (std::holds_alternative<core::ClientLost>(effect))
    return ClientEvent{ClientEvent::Kind::disconnected, 0, false, {}};
  if (const auto* closing = std::get_if<core::ClientClosing>(&effect)) {
    return ClientEvent{ClientEvent::Kind::closing, 0, false, closing->text};
  }
  if (const auto* closed = std::get_if<core::ClientClosed>(&effect)) {
    return ClientEvent{closed->refused ? ClientEvent::Kind::refused : ClientEvent::Kind::closed, 0, false,
                       closed->text};
  }
  return std::nullopt;
}

}  // namespace

struct Client::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Happening> happenings;       // guarded by mutex
  std::set<std::uint64_t> asked;          // guarded by mutex: outcomes that ask() waits for
  std::deque<Outcome> asked_outcomes;     // guarded by mutex
  std::optional<std::uint32_t> welcomed;  // guarded by mutex: the count in the first WELCOME
  std::optional<std::string> refused;     // guarded by mutex
  bool closed = false;                    // guarded by mutex
  bool has_keys = false;
  io::Wakeup readable;                 // signalled exactly while happenings is not empty
  std::optional<io::ClientLoop> loop;  // last: its thread uses the rest

  void report(const core::ClientEffect& effect) {
    auto happening = happening_of(effect);
    if (!happening) return;
    const std::lock_guard lock(mutex);
    if (const auto* event = std::get_if<ClientEvent>(&*happening)) {
      if (event->kind == ClientEvent::Kind::connected) welcomed = event->count;
      if (event->kind == ClientEvent::Kind::refused) refused = event->text;
      if (event->kind == ClientEvent::Kind::closed || event->kind == ClientEvent::Kind::refused) closed = true;
    }
    auto* outcome = std::get_if<Outcome>(&*happening);
    if (outcome != nullptr && asked.contains(outcome->id)) {
      asked_outcomes.push_back(std::move(*outcome));
    } else {
      happenings.push_back(std::move(*happening));
      readable.signal();
    }
    changed.notify_all();
  }
};

Client::Client(ClientConfig config) : state_(std::make_unique<State>()) {
  if (config.name.size() > wire::name_bytes_max || !wire::is_utf8(config.name)) {
    throw Error(Error::Kind::config, "name: it is UTF-8 of at most 128 bytes");
  }
  std::vector<std::string> endpoints = {std::move(config.endpoint)};
  std::move(config.other_endpoints.begin(), config.other_endpoints.end(), std::back_inserter(endpoints));
  for (const std::string& endpoint : endpoints) check_endpoint("server", endpoint);
  try {
    auto keys = io::read_client_keys(config.server_key, config.key_file);
    state_->has_keys = keys.has_value();
    state_->loop.emplace(std::move(endpoints), std::move(config.name), std::move(keys),
                         [state = state_.get()](const core::ClientEffect& effect) { state->report(effect); });
  } catch (const io::EndpointError& error) {
    throw Error(Error::Kind::endpoint, std::string("cannot connect to ") + error.what());
  } catch (const io::KeyError& error) {
    throw Error(Error::Kind::config, error.what());
  }
}

Client::~Client() {
  state_->loop->leave();
  state_->loop.reset();
}

std::uint32_t Client::connect(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  const auto ended = [this] { return state_->welcomed || state_->closed; };
  const auto soon = state_->has_keys ? std::min(timeout, wrong_key_patience) : timeout;
  if (!state_->changed.wait_for(lock, soon, ended) && state_->loop->failed_handshakes() < wrong_key_handshakes) {
    state_->changed.wait_for(lock, timeout - soon, ended);
  }
  if (state_->refused) throw Error(Error::Kind::refused, "the server refused this client: " + *state_->refused);
  if (!state_->welcomed && state_->loop->failed_handshakes() > 0) {
    throw Error(Error::Kind::refused,
                "the server ends every handshake: is it one of rollcall's, does it take keys (see --key), and is "
                "--server-key its public key?");
  }
  if (!state_->welcomed) throw Error(Error::Kind::endpoint, "no server answered");
  return *state_->welcomed;
}

std::uint64_t Client::send(std::string_view body, Delivery delivery) {
  return state_->loop->ask(std::string(body), delivery == Delivery::at_least_once);
}

Outcome Client::ask(std::string_view body, std::chrono::milliseconds timeout, Delivery delivery) {
  std::unique_lock lock(state_->mutex);
  // Under the lock, so that the outcome can't be reported before it is known to be asked for.
  const std::uint64_t id = send(body, delivery);
  state_->asked.insert(id);
  const auto mine = [this, id] {
    return std::find_if(state_->asked_outcomes.begin(), state_->asked_outcomes.end(),
                        [id](const Outcome& outcome) { return outcome.id == id; });
  };
  const bool ended = state_->changed.wait_for(lock, timeout, [&] { return mine() != state_->asked_outcomes.end(); });
  state_->asked.erase(id);
  if (!ended) throw Error(Error::Kind::timeout, "no answer in time");
  const auto place = mine();
  Outcome outcome = std::move(*place);
  state_->asked_outcomes.erase(place);
  return outcome;
}

std::optional<Client::Happening> Client::next(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  if (!state_->changed.wait_for(lock, timeout, [this] { return !state_->happenings.empty(); })) return std::nullopt;
  Happening happening = std::move(state_->happenings.front());
  state_->happenings.pop_front();
  if (state_->happenings.empty()) state_->readable.take();
  return happening;
}

int Client::fd() const noexcept { return state_->readable.fd(); }

bool Client::leave(std::chrono::milliseconds timeout) {
  state_->loop->leave();
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout, [this] { return state_->closed; });
}

}  // namespace rollcall
