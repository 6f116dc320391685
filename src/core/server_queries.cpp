// The core's answers to who asks for the roster, or watches it: PROTOCOL.md section 4.4.
#include <algorithm>

#include "core/server_core.hpp"

namespace rollcall::core {

void ServerCore::answer_roster(const wire::RosterQuery& query, const Origin& origin) {
  Session& session = *origin.connection.session;
  if (!session.said_hello) return say_error(origin, 0, wire::ErrorCode::hello_required, "say HELLO first");
  const std::uint16_t entries = query.limit == 0 ? page_entries_max : std::min(query.limit, page_entries_max);
  const std::uint32_t cost = std::max<std::uint32_t>(std::min<std::uint32_t>(entries, roster_.count()),  //
                                                     query_cost_least);
  if (!session.queries.has(cost, queried_entries_per_second, origin.now) ||
      !queries_.has(cost, total_queried_entries_per_second, origin.now)) {
    return say_error(origin, 0, wire::ErrorCode::busy, "ROSTER: too many queries in a second, ask again in the next");
  }
  std::string& part = scratch();
  encode_page(roster_, {query.cursor, entries, false}, {origin.now, config_.unix_offset}, part);
  // From here on nothing fails.
  session.queries.take(cost);
  queries_.take(cost);
  effects_.emplace_back(Send{origin.routing_id, origin.form.delimited, part});
}

void ServerCore::watch(const wire::Watch& watch, const Origin& origin) {
  Session& session = *origin.connection.session;
  if (!session.said_hello) return say_error(origin, 0, wire::ErrorCode::hello_required, "say HELLO first");
  Watcher* watcher = watchers_.find(session.routing_id);
  if (watch.stop) return watchers_.remove(session.routing_id);
  if (watcher != nullptr && !watcher->begins && watch.from_version > 0 && watch.from_version <= watcher->told) {
    watcher->acknowledged = std::max(watcher->acknowledged, watch.from_version);
    return;
  }
  if (watcher == nullptr && watchers_.are_full()) {
    return say_error(origin, 0, wire::ErrorCode::watchers_full, "WATCH: there are as many watchers as there may be");
  }
  if (watcher == nullptr) watcher = &watchers_.add(session.routing_id);
  begin_watching(*watcher, session, watch.from_version, origin.now);
}

void ServerCore::begin_watching(Watcher& watcher, const Session& session, std::uint64_t from, Time now) noexcept {
  watcher.begins = true;
  watcher.told = from;
  watcher.begins_at = std::max(now, session.may_watch_from);
}

void ServerCore::tell_watchers(Time now) {
  for (Watcher& watcher : watchers_) {
    const bool is_behind = watcher.may_be_told(watcher.told + 1) && !changes_.has_all_after(watcher.told);
    if (is_behind) begin_watching(watcher, *roster_.find(watcher.routing_id), 0, now);
  }
  while (Watcher* watcher = watchers_.due(now)) {
    const bool has_nothing = watcher->told == 0 || !changes_.has_all_after(watcher->told);
    if (has_nothing) send_snapshot(*watcher, now);
    watcher->acknowledged = watcher->told;
    watcher->begins = false;
    roster_.find(watcher->routing_id)->may_watch_from = now + watch_pause;
    make_ready();
  }
  while (const auto version = watchers_.first_to_tell(changes_.newest())) {
    tell_change(changes_.at(*version));
    make_ready();
  }
}

void ServerCore::send_snapshot(Watcher& watcher, Time now) {
  snapshot_.make(roster_, changes_, {now, config_.unix_offset});
  make_ready({snapshot_.pages().size(), 0, 0});
  // From here on nothing fails.
  const bool delimited = roster_.find(watcher.routing_id)->delimited;
  wire::Event reset;
  reset.kind = wire::EventKind::reset;
  reset.count = snapshot_.count();
  reset.version = snapshot_.version();
  send(watcher.routing_id, delimited, reset);
  for (const std::string& page : snapshot_.pages()) {
    effects_.emplace_back(Send{watcher.routing_id, delimited, page});
  }
  watcher.told = snapshot_.version();
  watchers_.sent_snapshot(now);
}

void ServerCore::tell_change(const Change& change) {
  make_ready({watchers_.size(), 1, 0});
  wire::Event event;
  event.kind = change.kind;
  event.reason = change.reason;
  event.session = change.session;
  event.count = change.count;
  event.version = change.version;
  event.name = *change.name;
  event.address = change.address.view();
  std::string& part = scratch();
  wire::encode(event, part);
  for (Watcher& watcher : watchers_) {
    if (!watcher.may_be_told(change.version)) continue;
    effects_.emplace_back(Send{watcher.routing_id, roster_.find(watcher.routing_id)->delimited, part});
    watcher.told = change.version;
  }
}

void ServerCore::remember(wire::EventKind kind, wire::LeaveReason reason, const Session& session, Time now) noexcept {
  changes_.add({kind, reason, roster_.count(), roster_.version(), session.number, session.name,
                AddressText(session.address), now});
}

}  // namespace rollcall::core
