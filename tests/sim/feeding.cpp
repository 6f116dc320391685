// The shell's part of a simulation: feeding the core, carrying out its effects, and checking them against the model.
#include <algorithm>
#include <string>
#include <utility>

#include "sim/simulation.hpp"

namespace rollcall::sim {

using namespace std::chrono_literals;

void Simulation::feed(const core::ServerEvent& event) {
  ++events_;
  trace_.event(event, now_);
  const auto effects = core_.step(event, now_);
  for (const core::Effect& effect : effects) trace_.effect(effect);
  check(effects);
  carry_out(effects);
}

void Simulation::check(std::span<const core::Effect> effects) {
  for (const WatchOrder& order : std::exchange(model_.orders, {})) pictures_.ordered(order, now_);
  std::vector<core::Send> sends;
  std::vector<core::Notice> told;
  std::vector<int> cuts;
  bool drained = false;
  for (const core::Effect& effect : effects) {
    require(!drained, "nothing follows Drained");
    if (const auto* send = std::get_if<core::Send>(&effect)) {
      if (!Pictures::is_pushed(send->part)) {
        sends.push_back(*send);
        continue;
      }
      require(send->delimited == model_.is_delimited(send->routing_id),
              "what is pushed has a delimiter when the session's last message had one");
      pictures_.told(send->routing_id, send->part, now_);
    } else if (const auto* notice = std::get_if<core::Notice>(&effect)) {
      if (notice->kind != core::Notice::Kind::suppressed) told.push_back(*notice);
    } else if (const auto* dispatch = std::get_if<core::Dispatch>(&effect)) {
      model_.dispatched(*dispatch, now_);
    } else if (const auto* reclaim = std::get_if<core::Reclaim>(&effect)) {
      model_.reclaim_asked(reclaim->worker);
    } else if (const auto* replace = std::get_if<core::Replace>(&effect)) {
      model_.replaced(replace->worker);
    } else if (const auto* cut = std::get_if<core::Cut>(&effect)) {
      cuts.push_back(cut->fd);
    } else if (const auto* record = std::get_if<core::Record>(&effect)) {
      records_.happened(*record);
      pictures_.happened(*record);
      if (record->kind == core::Record::Kind::left) model_.has_left(record->routing_id);
    } else {
      drained = true;
    }
  }
  model_.all_have_left();
  // What a drain's end does comes after the dispatches of the same turn.
  if (turn_ends_) model_.turn_over(now_);
  if (turn_ends_ && !model_.drained()) pictures_.turn_over(now_);
  require(drained == std::exchange(model_.drained_expected, false), "Drained comes when all is done, or time is over");
  require(cuts == std::exchange(model_.cuts, {}), "those are cut who are evicted, or have to make room");
  compare_sends(std::exchange(model_.sends, {}), std::move(sends), plan_.limits, liveness);
  require(core_.roster().count() == model_.count(), "the count is the number of live sessions");
  require(records_.count() == core_.roster().count(), "every join and leave is recorded");
  require(core_.roster().version() == model_.version(), "the version rises by one with every join and leave");
  notices_.compare(model_.notices, told, now_);
  for (const core::Effect& effect : effects) {
    const auto* notice = std::get_if<core::Notice>(&effect);
    if (notice != nullptr && notice->kind == core::Notice::Kind::suppressed) notices_.suppressed(*notice);
  }
  model_.notices.clear();
  check_state();
}

void Simulation::check_state() {
  constexpr std::size_t crowd_size = 64;
  require(model_.count() <= plan_.limits.clients_max, "there are at most clients_max sessions");
  require(core_.drained() == model_.drained(), "drained() tells");
  model_.compare_counters(core_.counters());
  if (model_.drained()) return;
  require(core_.scheduler().unanswered() == model_.unanswered(), "unanswered() counts the requests without outcome");
  require(core_.scheduler().bytes() == model_.bytes(), "bytes() is what the unanswered requests hold");
  require(core_.scheduler().idle_workers() == model_.idle_workers(), "idle_workers() counts the idle");
  const auto deadline = core_.next_deadline();
  for (const auto due : {model_.due(), notices_.due(), pictures_.due()}) {
    require(!due || (deadline && *deadline <= *due), "next_deadline() forgets nothing");
  }
  if (!turn_ends_) return;
  require(core_.connections() == model_.connections(), "connections() counts those that are open");
  require(!deadline || *deadline > now_, "after a turn no deadline is over");
  // To look at each of a crowd after every turn would take most of the time.
  if (++turns_unseen_ < core_.roster().count() / crowd_size) return;
  turns_unseen_ = 0;
  for (const auto& [routing_id, session] : core_.roster()) {
    require(routing_id == session.routing_id, "the roster is kept by routing id");
    model_.compare_session(session);
  }
}

void Simulation::carry_out(std::span<const core::Effect> effects) {
  std::vector<core::Undeliverable> failed;
  for (const core::Effect& effect : effects) {
    if (const auto* send = std::get_if<core::Send>(&effect)) {
      const auto delivery = world_.deliver(*send, now_);
      if (delivery == World::Delivery::done) continue;
      const bool timed_out = send->routing_id % 2 == 0;  // whichever, as in feed_monitor_event()
      failed.push_back({send->routing_id, delivery == World::Delivery::full, core::Closed{-1, timed_out}});
    } else if (const auto* dispatch = std::get_if<core::Dispatch>(&effect)) {
      workers_.dispatch(*dispatch, now_);
    } else if (const auto* reclaim = std::get_if<core::Reclaim>(&effect)) {
      workers_.reclaim(reclaim->worker, now_);
    } else if (const auto* replace = std::get_if<core::Replace>(&effect)) {
      workers_.replace(replace->worker);
    } else if (const auto* cut = std::get_if<core::Cut>(&effect)) {
      world_.cut(cut->fd, now_);
    }
  }
  turn_ends_ = false;
  if (model_.drained()) return;
  for (const core::Undeliverable& each : failed) {
    model_.undeliverable(each, now_);
    feed(each);
  }
}

void Simulation::feed_monitor_event() {
  const MonitorEvent event = world_.next_monitor_event(now_);
  if (event.opened) {
    model_.opened(event.conn, event.fd, now_);
    feed(core::Opened{event.fd, address_of(event.conn)});
  } else {
    const bool timed_out = event.conn % 3 == 0;  // whichever: it makes no other difference
    model_.closed(event.fd, timed_out, now_);
    feed(core::Closed{event.fd, timed_out});
  }
}

void Simulation::feed_message(ConnId id) {
  const int fd = world_.conn(id).fd;
  const std::uint32_t routing_id = world_.conn(id).routing_id;
  const bool known = core_.fd_of(routing_id) >= 0;
  require(!known || (model_.present(id) && core_.fd_of(routing_id) == fd), "fd_of() knows sessions only");
  while (!known && world_.monitor_waits()) feed_monitor_event();
  if (world_.conn(id).inbox.empty()) return;  // its connection was cut meanwhile, and the message was lost with it
  Message message = world_.next_message(id);
  if (!known) {  // it is asked for with every message of one without a session
    const std::size_t key = world_.conn(id).key;
    if (!keys_.allows(key)) {
      world_.conn(id).barred = true;
      model_.refused(core::Refusal::unauthorized, fd, now_);
      return feed(core::Refused{core::Refusal::unauthorized, fd});
    }
    message.key = KeyList::key_of(key);
    message.key_name = keys_.name_of(key);
  }
  model_.received(id, fd, message, now_);
  feed(core::Received{routing_id, fd, message.delimited, message.many_parts, message.bytes, message.key,
                      message.key_name});
}

void Simulation::feed_turn_end() {
  model_.turn_ended(now_);
  turn_ends_ = true;
  feed(core::TurnEnded{});
}

bool Simulation::feed_report() {
  if (workers_.owed() > 0 && random_.chance(50)) {  // the one in the place of a hung one is there
    start_worker(plan_.quick_workers);
    return true;
  }
  const auto report = workers_.next_report();
  if (!report) return workers_.owed() > 0;
  switch (report->kind) {
    case Workers::Kind::finished:
      model_.finished(report->worker, report->begun, report->busy);
      feed(core::Finished{report->worker, report->begun, report->busy});
      break;
    case Workers::Kind::reclaimed:
      model_.reclaimed(report->worker, report->begun, now_);
      feed(core::Reclaimed{report->worker, report->begun});
      break;
    case Workers::Kind::lost:
      model_.worker_lost(report->worker, report->begun);
      feed(core::WorkerLost{report->worker, report->begun});
      break;
  }
  return true;
}

void Simulation::feed_drain() {
  const auto grace = random_.chance(30) ? 0ns : random_.time(0s, 10s);
  model_.drain_began(grace, now_);
  feed(core::DrainBegan{grace});
}

void Simulation::feed_revoked(std::size_t key) {
  const std::string text = KeyList::key_of(key);
  model_.revoked(text, now_);
  feed(core::Revoked{text});
}

void Simulation::start_worker(bool quick) {
  const std::uint32_t worker = workers_.start(quick);
  model_.worker_ready(worker);
  feed(core::WorkerReady{worker});
}

}  // namespace rollcall::sim
