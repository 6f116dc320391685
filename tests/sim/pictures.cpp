#include "sim/pictures.hpp"

#include <algorithm>

#include "sim/trace.hpp"
#include "wire/codec.hpp"

namespace rollcall::sim {
namespace {

/// In which everybody who waits for a snapshot gets one.
constexpr core::Time turns_to_begin = core::snapshot_pause * static_cast<int>(core::watchers_max);

}  // namespace

void Pictures::ordered(const WatchOrder& order, core::Time now) {
  if (order.stop) {
    const auto found = watchers_.find(order.routing_id);
    if (found != watchers_.end()) {  // when it may begin again is its session's
      found->second.begins = false;
      found->second.acknowledged = 0;
      found->second.told = core::unacknowledged_changes_max;  // so it has no room for anything
      found->second.from.clear();
    }
    return;
  }
  const auto [place, is_new] = watchers_.try_emplace(order.routing_id);
  Watcher& watcher = place->second;
  const bool is_stopped = !is_new && !watcher.begins && watcher.from.empty();
  if (!is_new && !is_stopped && !watcher.begins && order.from > 0 && order.from <= watcher.told) {
    watcher.acknowledged = std::max(watcher.acknowledged, order.from);
    return;
  }
  if (watcher.begins && !is_new && !watcher.may_have_begun) {
    watcher.from = {order.from};
    watcher.begins_by = std::max(watcher.begins_by, now + turns_to_begin);
    return;
  }
  const bool may_acknowledge = watcher.may_have_begun && order.from > 0 &&
                               order.from <= *std::max_element(watcher.from.begin(), watcher.from.end());
  if (watcher.begins && !is_new && may_acknowledge) {
    watcher.from.push_back(order.from);
    return;
  }
  begin(watcher, order.from, now);
}

void Pictures::begin(Watcher& watcher, std::uint64_t from, core::Time now) {
  watcher.begins = true;
  watcher.from = {from};
  watcher.may_have_begun = false;
  watcher.begins_by = (watcher.began ? std::max(now, *watcher.began + core::watch_pause) : now) + turns_to_begin;
}

void Pictures::happened(const core::Record& record) {
  const bool joined = record.kind == core::Record::Kind::joined;
  if (!joined && record.kind != core::Record::Kind::left) return;
  Past past;
  past.kind = joined ? wire::EventKind::joined : wire::EventKind::left;
  past.reason = record.reason;
  past.session = joined ? ++joins_ : sessions_.at(record.routing_id);
  past.count = record.count;
  past.name = record.name;
  past.address = record.address->host + ":" + std::to_string(record.address->port);
  require(record.version == newest() + 1, "each join and leave has the next version");
  if (joined) {
    sessions_[record.routing_id] = past.session;
    roster_[past.session] = past.address;
  } else {
    sessions_.erase(record.routing_id);
    roster_.erase(past.session);
    watchers_.erase(record.routing_id);
  }
  past_.push_back(std::move(past));
}

bool Pictures::is_pushed(std::string_view part) {
  const auto message = wire::decode_server_message(part);
  const auto* page = std::get_if<wire::Roster>(&message);
  return std::holds_alternative<wire::Event>(message) || (page != nullptr && page->pushed);
}

void Pictures::told(std::uint32_t routing_id, std::string_view part, core::Time now) {
  const auto found = watchers_.find(routing_id);
  require(found != watchers_.end() && (found->second.begins || !found->second.from.empty()),
          "who does not watch is told nothing");
  const auto message = wire::decode_server_message(part);
  if (const auto* page = std::get_if<wire::Roster>(&message)) return told_page(found->second, *page);
  const auto& event = std::get<wire::Event>(message);
  if (event.kind == wire::EventKind::reset) return told_reset(found->second, event, now);
  if (found->second.begins) found->second.began = now;
  told_change(found->second, event);
}

bool Pictures::is_kept(std::uint64_t version) const {
  return version > 0 && version <= newest() && newest() - version <= core::changes_kept;
}

void Pictures::told_reset(Watcher& watcher, const wire::Event& event, core::Time now) {
  const bool is_due = watcher.begins && std::any_of(watcher.from.begin(), watcher.from.end(),
                                                    [this](std::uint64_t from) { return !is_kept(from); });
  require(is_due, "a watcher is begun with anew when it has nothing, or what it has is not known");
  require(!watcher.reset_at || now - *watcher.reset_at >= core::watch_pause, "a session begins anew once a second");
  require(!last_snapshot_ || now - *last_snapshot_ >= core::snapshot_pause, "there is a pause between two snapshots");
  require(!watcher.pages_of && is_kept(event.version) && event.session == 0 && event.name.empty(),
          "a reset gives a version that is remembered");
  watcher.reset_at = watcher.began = last_snapshot_ = now;
  watcher.pages_of = event.version;
  watcher.pages_count = event.count;
  watcher.picture.clear();
}

void Pictures::told_page(Watcher& watcher, const wire::Roster& page) {
  require(watcher.pages_of == page.version && watcher.pages_count == page.count,
          "the pages of a snapshot have its version and count");
  page.entries.for_each([&](const wire::RosterEntry& entry) {
    require(watcher.picture.empty() || watcher.picture.rbegin()->first < entry.session, "sessions rise");
    watcher.picture.emplace(entry.session, entry.address);
  });
  if (page.next != 0) return;
  require(watcher.picture == roster_at(page.version) && watcher.picture.size() == page.count,
          "a watcher's picture is the roster at the version that it is told");
  ++snapshots_;
  watcher.begins = false;
  watcher.told = watcher.acknowledged = page.version;
  watcher.pages_of.reset();
}

void Pictures::told_change(Watcher& watcher, const wire::Event& event) {
  require(!watcher.pages_of, "a snapshot is told whole");
  if (watcher.begins) {
    const bool may_begin = std::find(watcher.from.begin(), watcher.from.end(), event.version - 1) != watcher.from.end();
    require(may_begin && is_kept(event.version - 1), "a watcher goes on after the version that it has");
    watcher.begins = false;
    watcher.told = watcher.acknowledged = event.version - 1;
    watcher.picture = roster_at(watcher.told);
  }
  require(event.version == watcher.told + 1, "a watcher is told every change, in order");
  require(watcher.has_room(), "no more is told than was acknowledged, and some");
  const Past& past = past_.at(event.version - 1);
  require(past.kind == event.kind && past.reason == event.reason && past.session == event.session &&
              past.count == event.count && past.name == event.name && past.address == event.address,
          "a watcher is told what happened");
  if (event.kind == wire::EventKind::joined) {
    watcher.picture.emplace(event.session, event.address);
  } else {
    watcher.picture.erase(event.session);
  }
  require(watcher.picture.size() == event.count, "a watcher's picture has as many sessions as it is told");
  watcher.told = event.version;
  ++changes_;
}

Pictures::Roster Pictures::roster_at(std::uint64_t version) const {
  Roster roster = roster_;
  for (std::uint64_t later = newest(); later > version; --later) {
    const Past& past = past_[later - 1];
    if (past.kind == wire::EventKind::joined) {
      roster.erase(past.session);
    } else {
      roster.emplace(past.session, past.address);
    }
  }
  return roster;
}

void Pictures::turn_over(core::Time now) {
  for (auto& [routing_id, watcher] : watchers_) {
    require(!watcher.pages_of, "a snapshot is told whole");
    // This turn came late, and gave others what they had waited for.
    if (watcher.begins_by <= now) watcher.begins_by = now + turns_to_begin;
    if (!watcher.begins || !begins_without_a_word(watcher)) continue;
    watcher.may_have_begun = true;
    watcher.began = now;
  }
  for (const auto& [routing_id, watcher] : watchers_) {
    require(watcher.begins || watcher.told == newest() || !watcher.has_room(), "who has room is told everything");
  }
}

void Pictures::at_rest() const {
  for (const auto& [routing_id, watcher] : watchers_) {
    if (!watcher.begins) continue;
    const std::uint64_t newest_from = *std::max_element(watcher.from.begin(), watcher.from.end());
    require(watcher.may_have_begun && newest_from == newest(), "everybody who watches begins some time");
  }
}

bool Pictures::begins_without_a_word(const Watcher& watcher) const {
  return std::all_of(watcher.from.begin(), watcher.from.end(),
                     [this](std::uint64_t from) { return is_kept(from) && from == newest(); });
}

std::optional<core::Time> Pictures::due() const {
  std::optional<core::Time> earliest;
  for (const auto& [routing_id, watcher] : watchers_) {
    if (!watcher.begins || watcher.may_have_begun) continue;
    if (!earliest || watcher.begins_by < *earliest) earliest = watcher.begins_by;
  }
  return earliest;
}

}  // namespace rollcall::sim
