// What the loop tells of itself to those who ask (desk.hpp).
#include <new>

#include "io/server_loop.hpp"

namespace rollcall::io {
namespace {

StatusSnapshot take_status(const core::ServerCore& core, const Frontend& frontend) {
  StatusSnapshot status;
  status.taken = std::chrono::steady_clock::now();
  status.draining = core.draining();
  status.count = core.roster().count();
  status.version = core.roster().version();
  status.counters = core.counters();
  const core::Scheduler& scheduler = core.scheduler();
  status.unanswered = scheduler.unanswered();
  status.unanswered_bytes = scheduler.bytes();
  status.unread_bytes = frontend.unread_bytes();
  status.workers_busy = scheduler.busy_workers();
  status.workers_hung = scheduler.hung_workers();
  status.workers = scheduler.idle_workers() + status.workers_busy + scheduler.missing_workers();
  return status;
}

RosterSnapshot take_roster(const core::Roster& roster) {
  RosterSnapshot snapshot;
  snapshot.taken = std::chrono::steady_clock::now();
  snapshot.version = roster.version();
  snapshot.entries.reserve(roster.count());
  for (const auto& [routing_id, session] : roster) {
    snapshot.entries.push_back(
        {session.number, session.name, session.address, session.joined, session.last_seen, session.requests});
  }
  return snapshot;
}

}  // namespace

std::shared_ptr<const StatusSnapshot> ServerLoop::status(std::chrono::nanoseconds age_max,
                                                         std::chrono::nanoseconds patience) {
  return status_desk_.ask(age_max, patience);
}

std::shared_ptr<const RosterSnapshot> ServerLoop::roster(std::chrono::nanoseconds age_max,
                                                         std::chrono::nanoseconds patience) {
  return roster_desk_.ask(age_max, patience);
}

void ServerLoop::answer_questions() {
  try {
    if (status_desk_.take_request()) {
      status_desk_.put(std::make_shared<const StatusSnapshot>(take_status(*core_, frontend_)));
    }
    if (roster_desk_.take_request()) {
      roster_desk_.put(std::make_shared<const RosterSnapshot>(take_roster(core_->roster())));
    }
  } catch (const std::bad_alloc&) {  // who asks can do without; they get an older one
  }
}

void ServerLoop::say_last_words() {
  try {
    status_desk_.put(std::make_shared<const StatusSnapshot>(take_status(*core_, frontend_)));
    roster_desk_.put(std::make_shared<const RosterSnapshot>(take_roster(core_->roster())));
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace rollcall::io
