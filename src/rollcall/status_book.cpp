#include "rollcall/status_book.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "io/clock.hpp"
#include "io/snapshots.hpp"

namespace rollcall {
namespace {

using SystemTime = std::chrono::system_clock::time_point;

/// When that was, by the clock on the wall as it goes now.
SystemTime on_the_wall(core::Time time) {
  const core::Time ago = io::clock_now() - time;
  return std::chrono::system_clock::now() - std::chrono::duration_cast<SystemTime::duration>(ago);
}

RosterChange change_of(const core::Change& change) {
  const bool joined = change.kind == wire::EventKind::joined;
  return {joined ? RosterChange::Kind::joined : RosterChange::Kind::left,
          change.version,
          change.count,
          change.session,
          joined ? std::string_view() : core::leave_reason_name(change.reason),
          *change.name,
          std::string(change.address.view()),
          on_the_wall(change.time)};
}

/// `first`: the first number that has a name.
template <typename Key, typename NameOf>
std::vector<Tally> tallies(std::span<const std::uint64_t> counts, std::size_t first, NameOf&& name_of) {
  std::vector<Tally> all;
  for (std::size_t i = first; i < counts.size(); ++i) all.push_back({name_of(static_cast<Key>(i)), counts[i]});
  return all;
}

Durations durations(const core::Durations& counted) {
  Durations all;
  all.buckets.reserve(core::Durations::buckets);
  for (std::size_t i = 0; i < core::Durations::buckets; ++i) {
    all.buckets.push_back({core::Durations::up_to(i), counted.count(i)});
  }
  all.count = counted.count();
  all.sum = counted.sum();
  return all;
}

void fill_counters(ServerStatus& status, const core::Counters& counters) {
  status.joins = counters.joins;
  status.resumes = counters.resumes;
  status.leaves = tallies<wire::LeaveReason>(counters.leaves, static_cast<std::size_t>(wire::LeaveReason::goodbye),
                                             core::leave_reason_name);
  status.refused = tallies<core::Refusal>(counters.refusals, 0, core::refusal_name);
  status.requests = counters.requests;
  status.replies = counters.replies;
  status.errors = tallies<wire::ErrorCode>(counters.errors, 0, wire::error_name);
  std::erase_if(status.errors, [](const Tally& tally) { return tally.count == 0; });
  status.repeated = counters.repeated;
  status.dropped = counters.dropped;
  status.undeliverable = counters.undeliverable;
  status.suppressed = counters.suppressed;
  status.window_refused = counters.window_refused;
}

}  // namespace

StatusBook::StatusBook(const core::Limits& limits)
    : clients_max_(limits.clients_max),
      window_(limits.window),
      unanswered_bytes_max_(limits.total_queue_bytes_max),
      unread_bytes_max_(limits.total_unread_bytes_max) {}

std::uint64_t StatusBook::known_version() {
  const std::lock_guard lock(mutex_);
  return known_version_;
}

void StatusBook::learn(const io::StatusSnapshot& snapshot) {
  for (const core::Change& change : snapshot.changes) {
    if (change.version <= known_version_) continue;
    if (change.version > known_version_ + 1) changes_.clear();  // nobody asked for a long time
    changes_.push_back(change_of(change));
    if (changes_.size() > core::changes_kept) changes_.pop_front();
    known_version_ = change.version;
  }
}

void StatusBook::fill_changes(ServerStatus& status, std::uint64_t after) const {
  if (after >= status.version) return;
  // Others may have learnt of later ones, and have pushed those out that came before.
  const std::uint64_t first = known_version_ - changes_.size() + 1;
  status.changes_lost = after + 1 < first;
  const std::uint64_t begin = std::max(after + 1, first);
  for (std::uint64_t version = begin; version <= status.version; ++version) {
    status.changes.push_back(changes_[version - first]);
  }
}

std::shared_ptr<const ServerStatus> StatusBook::status(const io::StatusSnapshot& snapshot,
                                                       std::uint64_t changes_after) {
  auto status = std::make_shared<ServerStatus>();
  status->taken = snapshot.taken;
  status->started = started_;
  status->draining = snapshot.draining;
  status->count = snapshot.count;
  status->version = snapshot.version;
  status->clients_max = clients_max_;
  fill_counters(*status, snapshot.counters);
  status->watchers = snapshot.watchers;
  status->unanswered = snapshot.unanswered;
  status->unanswered_bytes = snapshot.unanswered_bytes;
  status->unanswered_bytes_max = unanswered_bytes_max_;
  status->window = window_;
  status->unread_bytes = snapshot.unread_bytes;
  status->unread_bytes_max = unread_bytes_max_;
  status->workers = snapshot.workers;
  status->workers_busy = snapshot.workers_busy;
  status->handlers_hung = snapshot.workers_hung;
  status->handler_time = durations(snapshot.counters.handler_time);
  status->reply_time = durations(snapshot.counters.reply_time);
  status->silence = durations(snapshot.counters.silence);
  status->presence_drift = snapshot.presence_drift;
  const std::lock_guard lock(mutex_);
  learn(snapshot);
  fill_changes(*status, changes_after);
  return status;
}

std::shared_ptr<const ServerRoster> StatusBook::roster(std::shared_ptr<const io::RosterSnapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  if (roster_of_ == snapshot) return roster_;
  auto roster = std::make_shared<ServerRoster>();
  roster->taken = snapshot->taken;
  roster->version = snapshot->version;
  roster->entries.reserve(snapshot->entries.size());
  for (const io::RosterSnapshot::Entry& entry : snapshot->entries) {
    const core::Time idle = snapshot->taken.time_since_epoch() - entry.last_seen;
    roster->entries.push_back({entry.session, *entry.name, std::string(core::AddressText(entry.address).view()),
                               on_the_wall(entry.joined), entry.requests,
                               std::chrono::duration_cast<std::chrono::milliseconds>(idle)});
  }
  roster_of_ = std::move(snapshot);
  roster_ = std::move(roster);
  return roster_;
}

}  // namespace rollcall
