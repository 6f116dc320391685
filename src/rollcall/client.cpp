#include "rollcall/client.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <set>
#include <utility>

#include "core/events.hpp"
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

// Joins and leaves that wait for next(): some minutes of a calm server, a second of a great churn.
constexpr std::size_t unread_changes_max = 4096;

std::chrono::system_clock::time_point unix_time(std::uint64_t ms) {
  return std::chrono::system_clock::time_point(
      std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(ms)));
}

/// `address` is this client's.
Roster roster_of(std::uint64_t version, std::uint32_t count, std::vector<core::ClientRosterEntry> entries,
                 const std::string& address) {
  Roster roster;
  roster.version = version;
  roster.count = count;
  roster.entries.reserve(entries.size());
  std::size_t own = 0;
  for (core::ClientRosterEntry& entry : entries) {
    if (!address.empty() && entry.address == address) {
      ++own;
      roster.own_session = entry.session;
    }
    roster.entries.push_back({entry.session, std::move(entry.name), std::move(entry.address),
                              unix_time(entry.since_unix_ms), entry.requests,
                              std::chrono::milliseconds{entry.idle_ms}});
  }
  // Where all of a process have the same address, there is no telling which one it is.
  if (own > 1) roster.own_session = 0;
  return roster;
}

/// Nothing for what is none of a watcher's.
std::optional<RosterEvent> roster_event_of(core::ClientEffect& effect, const std::string& address) {
  RosterEvent event;
  if (auto* reset = std::get_if<core::ClientReset>(&effect)) {
    event.roster = roster_of(reset->version, reset->count, std::move(reset->entries), address);
    return event;
  }
  if (auto* change = std::get_if<core::ClientChange>(&effect)) {
    const bool joined = change->kind == wire::EventKind::joined;
    event.kind = joined ? RosterEvent::Kind::joined : RosterEvent::Kind::left;
    event.change = {joined ? RosterChange::Kind::joined : RosterChange::Kind::left,
                    change->version,
                    change->count,
                    change->session,
                    joined ? std::string_view() : core::leave_reason_name(change->reason),
                    std::move(change->name),
                    std::move(change->address),
                    std::chrono::system_clock::now()};
    return event;
  }
  if (auto* failed = std::get_if<core::ClientWatchFailed>(&effect)) {
    event.kind = RosterEvent::Kind::refused;
    event.text = std::move(failed->text);
    return event;
  }
  return std::nullopt;
}

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
  std::uint64_t rosters_answered = 0;     // guarded by mutex: all calls of the loop's roster() up to this one
  std::size_t rosters_awaited = 0;        // guarded by mutex: how many roster() wait
  std::variant<Roster, core::ClientRosterFailed> roster_answer;  // guarded by mutex: the last one, if any waits
  bool watching = false;                                         // guarded by mutex: is wanted
  bool skipping = false;                                         // guarded by mutex: changes, until the next reset
  std::size_t unread_changes = 0;                                // guarded by mutex: of happenings
  std::size_t unread_resets = 0;                                 // guarded by mutex: the same
  bool has_keys = false;
  io::Wakeup readable;                 // signalled exactly while happenings is not empty
  std::optional<io::ClientLoop> loop;  // last: its thread uses the rest

  void report(core::ClientEffect& effect, const std::string& own_address) {
    auto happening = happening_of(effect);
    if (!happening) {
      report_roster(effect, own_address);
      return;
    }
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

  void report_roster(core::ClientEffect& effect, const std::string& own_address) {
    if (auto* roster = std::get_if<core::ClientRoster>(&effect)) {
      answer_roster(roster->asked, roster_of(roster->version, roster->count, std::move(roster->entries), own_address));
    } else if (auto* failed = std::get_if<core::ClientRosterFailed>(&effect)) {
      answer_roster(failed->asked, std::move(*failed));
    } else if (auto event = roster_event_of(effect, own_address)) {
      const std::lock_guard lock(mutex);
      tell(std::move(*event));
    }
  }

  template <typename Answer>
  void answer_roster(std::uint64_t call, Answer answer) {
    const std::lock_guard lock(mutex);
    rosters_answered = call;
    if (rosters_awaited > 0) roster_answer = std::move(answer);
    changed.notify_all();
  }

  // The rest holds mutex.

  void tell(RosterEvent event) {
    const bool is_reset = event.kind == RosterEvent::Kind::reset;
    const bool is_change = event.kind == RosterEvent::Kind::joined || event.kind == RosterEvent::Kind::left;
    if (!watching || (skipping && is_change)) return;
    if (is_reset) skipping = false;
    if (is_reset && unread_resets > 0) forget_unread();  // which is void with this one
    if (is_change && unread_changes == unread_changes_max) {
      forget_unread();
      skipping = true;
      loop->unwatch();
      loop->watch();
      return;
    }
    unread_resets += is_reset ? 1 : 0;
    unread_changes += is_change ? 1 : 0;
    happenings.emplace_back(std::move(event));
    readable.signal();
    changed.notify_all();
  }
  void forget_unread() {
    std::erase_if(happenings, [](const Happening& each) { return std::holds_alternative<RosterEvent>(each); });
    unread_changes = 0;
    unread_resets = 0;
    if (happenings.empty()) readable.take();
  }
  Happening take_first() {
    Happening happening = std::move(happenings.front());
    happenings.pop_front();
    if (happenings.empty()) readable.take();
    if (const auto* event = std::get_if<RosterEvent>(&happening)) {
      if (event->kind == RosterEvent::Kind::reset) --unread_resets;
      if (event->kind == RosterEvent::Kind::joined || event->kind == RosterEvent::Kind::left) --unread_changes;
    }
    return happening;
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
                         [state = state_.get()](core::ClientEffect& effect, const std::string& own_address) {
                           state->report(effect, own_address);
                         });
  } catch (const io::EndpointError& error) {
    throw Error(Error::Kind::endpoint, std::string("cannot connect to ") + error.what());
  } catch (const io::KeyError& error) {
    throw Error(Error::Kind::config, error.what());
  }
}

Client::~Client() {
  unwatch();  // whatever is told from here on asks nothing more of the loop
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
  return state_->take_first();
}

Roster Client::roster(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  // Under the lock, so that the answer can't be reported before it is waited for.
  const std::uint64_t call = state_->loop->roster();
  ++state_->rosters_awaited;
  const bool answered = state_->changed.wait_for(lock, timeout, [&] { return state_->rosters_answered >= call; });
  auto answer = answered ? state_->roster_answer : std::variant<Roster, core::ClientRosterFailed>();
  if (--state_->rosters_awaited == 0) state_->roster_answer = {};
  if (!answered) throw Error(Error::Kind::timeout, "the server did not tell who is here in time");
  if (const auto* failed = std::get_if<core::ClientRosterFailed>(&answer)) {
    throw Error(Error::Kind::refused, failed->text);
  }
  return std::move(std::get<Roster>(answer));
}

void Client::watch() {
  const std::lock_guard lock(state_->mutex);
  state_->watching = true;
  state_->loop->watch();
}

void Client::unwatch() {
  const std::lock_guard lock(state_->mutex);
  state_->watching = false;
  state_->forget_unread();
  state_->loop->unwatch();
}

int Client::fd() const noexcept { return state_->readable.fd(); }

bool Client::leave(std::chrono::milliseconds timeout) {
  state_->loop->leave();
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, timeout, [this] { return state_->closed; });
}

}  // namespace rollcall
