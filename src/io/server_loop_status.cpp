// What the loop tells of itself to those who ask (desk.hpp).
#include <algorithm>
#include <new>

#include "io/server_loop.hpp"

namespace rollcall::io {
namespace {

constexpr std::chrono::seconds audit_patience{2};

std::vector<core::Change> changes_after(const core::Changes& changes, std::uint64_t version) {
  const std::uint64_t newest = changes.newest();
  if (!changes.has_all_after(version)) version = newest - std::min<std::uint64_t>(newest, core::changes_kept);
  std::vector<core::Change> after;
  after.reserve(newest - version);
  while (version < newest) after.push_back(changes.at(++version));
  return after;
}

RosterSnapshot take_roster(const core::Roster& roster) {
  RosterSnapshot snapshot;
  snapshot.taken = std::chrono::steady_clock::now();
  snapshot.version = roster.version();
  snapshot.entries.reserve(roster.count());
  roster.for_each_after(0, [&snapshot](const core::Session& session) {
    snapshot.entries.push_back(
        {session.number, session.name, session.address, session.joined, session.last_seen, session.requests});
    return true;
  });
  return snapshot;
}

}  // namespace

StatusSnapshot ServerLoop::take_status() const {
  StatusSnapshot status;
  status.taken = std::chrono::steady_clock::now();
  status.draining = core_->draining();
  status.count = core_->roster().count();
  status.version = core_->roster().version();
  status.changes = changes_after(core_->changes(), known_version_.load());
  status.counters = core_->counters();
  status.watchers = core_->watchers();
  const core::Scheduler& scheduler = core_->scheduler();
  status.unanswered = scheduler.unanswered();
  status.unanswered_bytes = scheduler.bytes();
  status.unread_bytes = frontend_.unread_bytes();
  status.workers_busy = scheduler.busy_workers();
  status.workers_hung = scheduler.hung_workers();
  status.workers = scheduler.idle_workers() + status.workers_busy + scheduler.missing_workers();
  const Frontend::Tally& tally = frontend_.tally();
  status.presence = {core_->connections(), tally.open, tally.open_tcp, tally.tcp_began, tally.tcp_ended};
  if (const std::int64_t drift = drift_.load(); drift != no_audit) status.presence_drift = drift;
  return status;
}

std::shared_ptr<const StatusSnapshot> ServerLoop::status(std::chrono::nanoseconds age_max,
                                                         std::chrono::nanoseconds patience) {
  return status_desk_.ask(age_max, patience);
}

std::shared_ptr<const RosterSnapshot> ServerLoop::roster(std::chrono::nanoseconds age_max,
                                                         std::chrono::nanoseconds patience) {
  return roster_desk_.ask(age_max, patience);
}

void ServerLoop::put_status() { status_desk_.put(std::make_shared<const StatusSnapshot>(take_status())); }

void ServerLoop::put_roster() {
  roster_desk_.put(std::make_shared<const RosterSnapshot>(take_roster(core_->roster())));
}

void ServerLoop::answer_questions() {
  try {
    if (status_desk_.take_request()) put_status();
    if (roster_desk_.take_request()) put_roster();
  } catch (const std::bad_alloc&) {  // who asks can do without; they get an older one
  }
}

void ServerLoop::start_audits(std::optional<Auditor>& auditor) {
  const auto look = [this]() -> std::optional<Presence> {
    const auto begin = std::chrono::steady_clock::now();
    const auto now = status(std::chrono::nanoseconds{0}, audit_patience);
    return now && now->taken >= begin ? std::optional(now->presence) : std::nullopt;
  };
  const auto tell = [this](std::int64_t drift) {
    drift_.store(drift);
    if (drift == 0) return;
    has_drifted_.store(true);
    wakeup_.signal();
  };
  auditor.emplace(frontend_.listening(), look, tell, options_.audit_period);
}

void ServerLoop::tell_drift() {
  if (!has_drifted_.exchange(false) || !options_.observer) return;
  core::Notice notice;
  notice.kind = core::Notice::Kind::drifted;
  notice.drift = drift_.load();
  options_.observer(notice);
}

void ServerLoop::say_last_words() {
  try {
    put_status();
    put_roster();
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace rollcall::io
