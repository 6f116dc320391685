// The core's events other than messages: connections, time, drains. Messages are in server_messages.cpp, what workers
// report in server_results.cpp.
#include "core/server_core.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace rollcall::core {
namespace {

ReplyCache::Bounds bounds_of(const Limits& limits) {
  constexpr std::size_t least_clients = 16;  // who can always have a full share
  return {limits.window, limits.reply_cache_bytes_max / least_clients, limits.reply_cache_bytes_max};
}

}  // namespace

ServerCore::ServerCore(Config config)
    : config_(std::move(config)),
      scheduler_(config_.limits),
      absentees_(config_.limits.clients_max),
      replies_(bounds_of(config_.limits)),
      door_(config_.limits.door_burst, config_.limits.door_refill_per_second) {
  assert(config_.make_token);
  assert(config_.limits.window >= 1 && config_.limits.message_bytes_max >= message_bytes_least);
  make_ready();
}

std::span<const Effect> ServerCore::step(const ServerEvent& event, Time now) {
  effects_.clear();
  left_.clear();
  released_.clear();
  scratch_used_ = 0;
  // There is room for one piece since the constructor: make_ready().
  if (phase_ != Phase::drained) std::visit([&](const auto& each) { on(each, now); }, event);
  return effects_;
}

std::optional<Time> ServerCore::next_deadline() const {
  if (phase_ == Phase::drained) return std::nullopt;
  std::optional<Time> earliest;
  const auto consider = [&earliest](std::optional<Time> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  consider(connections_.next_deadline());
  consider(scheduler_.next_deadline());
  consider(journal_.next_deadline());
  consider(absentees_.next_deadline());
  consider(next_stranger_deadline());
  consider(watchers_.next_deadline());
  if (watchers_.first_to_tell(changes_.newest())) consider(changes_.at(changes_.newest()).time);
  if (!revocations_.empty()) consider(revocations_.front().cut_at);
  if (phase_ == Phase::draining) consider(drain_until_);
  return earliest;
}

int ServerCore::fd_of(std::uint32_t routing_id) noexcept {
  const Session* session = roster_.find(routing_id);
  return session == nullptr ? -1 : session->fd;
}

bool ServerCore::is_open(int fd) noexcept {
  const Connection* connection = connections_.find(fd);
  return connection != nullptr && connection->open;
}

void ServerCore::on(const Closed& event, Time now) { end_connection(event, now); }

void ServerCore::end_connection(const Closed& end, Time now) {
  const int fd = end.fd;
  Connection* connection = connections_.find(fd);
  if (connection == nullptr || !connection->open) return;
  if (connection->session != nullptr) leave(*connection, end, now);
  if (connection->state == PeerState::silent && !connection->cut) {
    charge(*connection, now);
    refuse(Refusal::silent_connection, now);
  }
  strangers_.remove(fd);
  connections_.close(fd, now);
}

void ServerCore::leave(Connection& connection, const Closed& end, Time now) {
  leave(connection, end.timed_out ? wire::LeaveReason::timed_out : wire::LeaveReason::disconnected, now);
  if (end.silent) counters_.silence.add(*end.silent);
}

void ServerCore::on(const Refused& event, Time now) {
  Connection* connection = connections_.find(event.fd);
  if (connection != nullptr && connection->open) charge(*connection, now);
  refuse(event.reason, now);
}

void ServerCore::on(const Undeliverable& event, Time now) {
  const Session* session = roster_.find(event.routing_id);
  if (session != nullptr) {
    Connection& connection = *connections_.find(session->fd);
    event.full ? leave(connection, wire::LeaveReason::evicted, now) : leave(connection, event.end, now);
  }
  ++counters_.undeliverable;
}

void ServerCore::on(const WorkerReady& event, Time) { scheduler_.add_worker(event.worker); }

void ServerCore::on(const TurnEnded&, Time now) {
  release_doubtful(now);
  while (const auto absentee = absentees_.take_expired(now)) forget(*absentee);
  make_room(now);
  cut_revoked(now);
  while (const auto worker = scheduler_.overdue(now)) {
    effects_.emplace_back(Reclaim{*worker});
    make_ready();
  }
  end_hung(now);
  dispatch_work(now);
  tell_watchers(now);
  tell_omissions(now);
  const bool at_rest = scheduler_.at_rest() && !connections_.next_deadline();
  if (phase_ == Phase::draining && (at_rest || now >= drain_until_)) finish_drain(now);
}

void ServerCore::on(const DrainBegan& event, Time now) {
  if (phase_ != Phase::serving) return;
  make_ready({roster_.count(), roster_.count(), 0});
  phase_ = Phase::draining;
  drain_until_ = now + event.grace;
  while (const auto absentee = absentees_.take_any()) forget(*absentee);  // nobody may join any more
  Notice notice;
  notice.kind = Notice::Kind::draining;
  notice.count = roster_.count();
  notice.total = scheduler_.unanswered();
  effects_.emplace_back(notice);  // told once, so without the journal's leave
  for (const auto& [routing_id, session] : roster_) {
    if (session.said_hello) say_draining(session, now);
  }
}

void ServerCore::say_draining(const Session& session, Time now) {
  const auto grace = std::chrono::duration_cast<std::chrono::milliseconds>(std::max(drain_until_ - now, Time{0}));
  send(session.routing_id, session.delimited,
       wire::Closing{wire::ClosingReason::draining, static_cast<std::uint32_t>(grace.count()), "the server is ending"});
}

void ServerCore::release_doubtful(Time now) {
  while (const auto fd = connections_.out_of_doubt(now)) {
    Connection& connection = *connections_.find(*fd);
    Hold& hold = *connection.hold;
    // It is claimed already where one of its messages failed before.
    const bool is_claimed = connection.heard && connection.routing_id == hold.routing_id;
    if (!is_claimed) connections_.claim(*fd, hold.routing_id);
    while (hold.taken < hold.messages.size()) {
      const Hold::Message& message = hold.messages[hold.taken];
      on(Received{hold.routing_id, *fd, message.delimited, message.many_parts, message.part, hold.key, hold.key_name},
         now);
      ++hold.taken;
      make_ready();
    }
    released_.reserve(released_.size() + 1);
    released_.push_back(connections_.release(*fd));  // its messages stay where they are in memory
  }
}

void ServerCore::record_jobs(Record::Kind kind, std::span<const Job> jobs) {
  if (jobs.empty()) return;
  Record record;
  record.kind = kind;
  record.jobs = jobs;
  effects_.emplace_back(record);
}

void ServerCore::record(Record::Kind kind, const Session& session, wire::LeaveReason reason) {
  if (!config_.records) return;
  Record record;
  record.kind = kind;
  record.routing_id = session.routing_id;
  record.address = &session.address;
  record.name = *session.name;
  record.reason = reason;
  record.count = roster_.count();
  record.version = roster_.version();
  effects_.emplace_back(record);
}

void ServerCore::end_hung(Time now) {
  const std::size_t before = scheduler_.hung_workers();
  if (!scheduler_.may_have_hung(now)) return;
  make_ready_for_results(2 * scheduler_.workers());  // each of them may need another one in its place, too
  tell_results(scheduler_.end_hung(now), now, wire::ErrorCode::handler_timeout);
  while (const auto worker = scheduler_.to_replace()) effects_.emplace_back(Replace{*worker});
  if (scheduler_.hung_workers() == before) return;
  Notice notice;
  notice.kind = Notice::Kind::hung;
  notice.count = static_cast<std::uint32_t>(scheduler_.missing_workers());
  notice.total = scheduler_.hung_workers();
  tell(notice, now);
  make_ready();
}

void ServerCore::dispatch_work(Time now) {
  while (const auto work = scheduler_.dispatch(roster_.count(), roster_.version(), now)) {
    if (config_.records) {
      const std::span<const Job> jobs(work->batch->jobs.data(), work->batch->size);
      record_jobs(Record::Kind::dispatched, jobs);
      if (jobs.size() == 1) record_jobs(Record::Kind::settled, jobs);  // nobody asks for a single one back
    }
    effects_.emplace_back(Dispatch{work->worker, work->batch, work->expected});
    if (effects_.capacity() - effects_.size() < piece.effects) make_ready();  // all that this uses up
  }
}

void ServerCore::tell_omissions(Time now) {
  while (const auto omission = journal_.omitted(now)) {
    Notice notice;
    notice.kind = Notice::Kind::suppressed;
    notice.suppressed_kind = omission->kind;
    notice.refusal = omission->refusal;
    notice.total = omission->count;
    effects_.emplace_back(notice);
    make_ready();
  }
}

void ServerCore::finish_drain(Time now) {
  const std::vector<Scheduler::Unanswered> unanswered = scheduler_.all_unanswered();
  const std::size_t clients = roster_.count();
  const std::size_t changes_told = std::min<std::size_t>(clients, unacknowledged_changes_max);
  const std::size_t effects = clients * effects_of_leave + (changes_told + 1) * watchers_.size();
  make_ready({unanswered.size() + effects + Journal::budget_count, unanswered.size() + changes_told, clients});
  // From here on nothing fails.
  for (const Scheduler::Unanswered& request : unanswered) {
    const wire::Error error{request.id, wire::ErrorCode::draining,
                            request.begun ? "the server ended while the request ran: its outcome is unknown"
                                          : "the server ended before the request was run"};
    ++counters_.errors[static_cast<std::size_t>(error.code)];
    std::string& part = scratch();
    encode_error(request.form, error, part);
    effects_.emplace_back(Send{request.routing_id, request.form.delimited, part});
    ++counters_.replies;
    counters_.reply_time.add(now - request.accepted);
  }
  leave_all(false, now);
  tell_watchers(now);
  leave_all(true, now);
  journal_.end_all();
  tell_omissions(now);
  effects_.emplace_back(Drained{});
  phase_ = Phase::drained;
}

void ServerCore::leave_all(bool watchers_too, Time now) {
  std::uint64_t number = 0;
  const auto next = [&] {
    const Session* found = nullptr;
    roster_.for_each_after(number, [&](const Session& session) {
      if (watchers_too || watchers_.find(session.routing_id) == nullptr) found = &session;
      return found == nullptr;
    });
    return found;
  };
  while (const Session* session = next()) {
    number = session->number;
    leave(*connections_.find(session->fd), wire::LeaveReason::drained, now);
  }
}

void ServerCore::refuse(Refusal reason, Time now, const Address* address) {
  const std::uint64_t total = ++counters_.refusals[static_cast<std::size_t>(reason)];
  Notice notice;
  notice.kind = Notice::Kind::refused;
  notice.refusal = reason;
  notice.address = address;
  notice.total = total;
  tell(notice, now);
}

void ServerCore::tell(const Notice& notice, Time now) {
  if (journal_.may_tell(notice.kind, notice.refusal, now)) {
    effects_.emplace_back(notice);
  } else {
    ++counters_.suppressed;
  }
}

void ServerCore::make_ready(const Need& more) {
  constexpr std::size_t scratch_bytes = 256;  // for every message but a repeated answer
  const auto reserve = [](auto& list, std::size_t size) {
    if (list.capacity() < size) list.reserve(std::max(size, 2 * list.capacity()));
  };
  reserve(effects_, effects_.size() + piece.effects + more.effects);
  reserve(left_, left_.size() + piece.leavers + more.leavers);
  while (scratch_.size() < scratch_used_ + piece.messages + more.messages) {
    auto text = std::make_unique<std::string>();
    text->reserve(scratch_bytes);
    scratch_.push_back(std::move(text));
  }
}

void ServerCore::make_ready_for_results(std::size_t count) {
  if (effects_.capacity() - effects_.size() < count + piece.effects) make_ready({count, 0, 0});
  if (config_.records) answers_.reserve(count);
}

std::string& ServerCore::scratch() noexcept {
  assert(scratch_used_ < scratch_.size());
  std::string& text = *scratch_[scratch_used_++];
  text.clear();
  return text;
}

}  // namespace rollcall::core
