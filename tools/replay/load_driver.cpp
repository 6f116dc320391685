#include "replay/load_driver.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "io/clock.hpp"
#include "replay/error_names.hpp"
#include "wire/messages.hpp"

namespace rollcall::replay {
namespace {

using namespace std::chrono_literals;

constexpr core::Time interval = 1s;
constexpr core::Time check_interval = 100ms;
constexpr core::Time lead_check_interval = 10ms;
// For goodbyes; a server that does not answer them is left without.
constexpr core::Time goodbye_patience = 2s;
// So many requests at a time, then answers are read.
constexpr unsigned burst_max = 1024;

double seconds(core::Time time) { return std::chrono::duration<double>(time).count(); }

std::uint64_t whole(core::Time time) { return static_cast<std::uint64_t>(std::max<core::Time::rep>(time.count(), 0)); }

}  // namespace

LoadDriver::LoadDriver(LoadPlan plan, std::uint32_t first, Lead lead)
    : plan_(std::move(plan)),
      first_(first),
      lead_(std::move(lead)),
      schedule_(plan_.rate, plan_.ramp, open_loop() ? plan_.duration : core::Time{0}) {
  if (plan_.max_in_flight == 0) plan_.max_in_flight = plan_.clients;
}

LoadResult LoadDriver::run() {
  begin_ = progress_ = io::clock_now();
  swarm_.emplace(
      plan_.endpoint, plan_.clients,
      [this](io::ClientSwarm::Id id, const core::ClientEffect& effect) { on_effect(id, effect); }, plan_.keys);
  if (plan_.ramp.count() == 0) join_all();
  await_start();
  last_outcome_ = start_;
  for (auto time = io::clock_now(); !stopped_ && !over(time); time = io::clock_now()) {
    check_patience(time);
    open_until(time);
    send_due(time);
    step(next_wake(time));
    tell(io::clock_now());
  }
  const auto end = stopped_ ? io::clock_now() : std::max(last_outcome_, start_ + plan_.duration);
  result_.seconds = std::max(0.0, seconds(end - start_));
  result_.interrupted = stopped_;
  result_.unanswered = in_flight_;
  sample_.not_sent += due_ - next_;
  leave_all();
  tell_last(end);
  swarm_.reset();
  return result_;
}

void LoadDriver::join_all() {
  while (opened_ < plan_.clients) open(opened_);
  while (!stopped_ && joined_ + refused_ < plan_.clients) {
    const auto time = io::clock_now();
    check_patience(time);
    if (time > progress_ + std::max(plan_.timeout, plan_.patience)) {
      throw LoadError(LoadError::Kind::no_server, "only " + std::to_string(joined_) + " of " +
                                                      std::to_string(plan_.clients) + " clients could join " +
                                                      plan_.endpoint + ": fewer clients, or a ramp, may help");
    }
    step(time + check_interval);
  }
}

void LoadDriver::check_patience(core::Time now) const {
  if (joined_ > 0) return;
  if (refused_ == plan_.clients) {
    throw LoadError(LoadError::Kind::refused, plan_.endpoint + " refused every client: " + refusal_);
  }
  if (refused_ == 0 && now > begin_ + plan_.patience) {
    throw LoadError(LoadError::Kind::no_server, "no server answers at " + plan_.endpoint);
  }
}

void LoadDriver::await_start() {
  while (!stopped_) {
    if (plan_.ramp.count() == 0) check_patience(begin_);
    if (const auto start = lead_.start()) {
      start_ = *start;
      return;
    }
    step(io::clock_now() + lead_check_interval);
  }
  start_ = io::clock_now();
}

void LoadDriver::open(std::uint32_t number) {
  members_[swarm_->open(plan_.name + std::to_string(first_ + number))];
  ++opened_;
}

void LoadDriver::open_until(core::Time now) {
  if (opened_ == plan_.clients || now < start_) return;
  const double share = seconds(now - start_) / seconds(plan_.ramp);
  const auto wanted = static_cast<std::uint32_t>(std::min(1.0, share) * plan_.clients) + 1;
  while (opened_ < std::min(plan_.clients, wanted)) open(opened_);
}

bool LoadDriver::over(core::Time now) const {
  return now >= start_ + plan_.duration && next_ == schedule_.total() && in_flight_ == 0;
}

void LoadDriver::step(core::Time until) {
  swarm_->wait(until, lead_.fd);
  const auto time = io::clock_now();
  if (time >= next_lead_check_) {
    stopped_ = stopped_ || lead_.stopped();
    next_lead_check_ = time + lead_check_interval;
  }
  if (time >= next_check_) {
    expire(time);
    next_check_ = time + check_interval;
  }
}

core::Time LoadDriver::next_wake(core::Time now) const {
  core::Time wake = std::min(next_check_, start_ + static_cast<core::Time::rep>(intervals_ + 1) * interval);
  if (opened_ < plan_.clients) {
    const double share = static_cast<double>(opened_) / plan_.clients;
    wake = std::min(wake, start_ + std::chrono::ceil<core::Time>(share * plan_.ramp));
  }
  // Those that are due wait for an answer, or for a client.
  if (due_ < schedule_.total()) wake = std::min(wake, start_ + schedule_.due(due_));
  if (now < start_) wake = std::min(wake, start_);
  return wake;
}

void LoadDriver::send_due(core::Time now) {
  if (now < start_) return;
  if (open_loop()) {
    send_open(now);
  } else if (now < start_ + plan_.duration) {
    send_closed();
  }
}

void LoadDriver::send_open(core::Time now) {
  const std::uint64_t due = schedule_.due_until(now - start_);
  sample_.due += due - std::exchange(due_, due);
  for (unsigned burst = 0; next_ < due_ && burst < burst_max; ++burst) {
    const auto time = start_ + schedule_.due(next_);
    if (now - time > plan_.timeout) {
      ++sample_.not_sent;
    } else if (in_flight_ < plan_.max_in_flight && may_send()) {
      send(time);
    } else {
      return;
    }
    ++next_;
  }
}

void LoadDriver::send_closed() {
  for (unsigned burst = 0; burst < burst_max && may_send(); ++burst) {
    ++sample_.due;
    send(core::Time{0});
  }
}

/// Whether the first of available_ is.
bool LoadDriver::may_send() {
  while (!available_.empty()) {
    Member& member = members_[available_.front()];
    if (member.ready && member.outstanding < member.window) return true;
    member.offered = false;
    available_.pop_front();
  }
  return false;
}

/// By the first of available_; `due` 0: now.
void LoadDriver::send(core::Time due) {
  const auto id = available_.front();
  available_.pop_front();
  Member& member = members_[id];
  member.offered = false;
  const auto time = io::clock_now();
  member.in_flight.push_back({swarm_->ask(id, plan_.message), due.count() == 0 ? time : due, time});
  ++member.outstanding;
  ++in_flight_;
  ++sample_.sent;
  offer(id, member);
}

void LoadDriver::offer(io::ClientSwarm::Id id, Member& member) {
  if (!member.ready || member.outstanding >= member.window || std::exchange(member.offered, true)) return;
  available_.push_back(id);
}

void LoadDriver::expire(core::Time now) {
  for (auto& [id, member] : members_) {
    auto& pending = member.in_flight;
    const auto late = [&](const Pending& request) { return now - request.sent > plan_.timeout; };
    const auto kept = std::find_if_not(pending.begin(), pending.end(), late);
    const auto expired = static_cast<std::uint32_t>(kept - pending.begin());
    if (expired == 0) continue;
    pending.erase(pending.begin(), kept);
    sample_.timeouts += expired;
    in_flight_ -= expired;
    last_outcome_ = now;
  }
}

void LoadDriver::tell(core::Time now) {
  while (now >= start_ + static_cast<core::Time::rep>(intervals_ + 1) * interval) {
    lead_.on_sample(std::exchange(sample_, {}), seconds(static_cast<core::Time::rep>(intervals_) * interval),
                    seconds(interval));
    ++intervals_;
  }
}

void LoadDriver::leave_all() {
  leaving_ = true;
  if (!stopped_) {
    for (const auto& [id, member] : members_) swarm_->leave(id);
    const auto end = io::clock_now() + goodbye_patience;
    while (!stopped_ && swarm_->size() > 0 && io::clock_now() < end) step(end);
  }
}

void LoadDriver::tell_last(core::Time end) {
  const auto from = static_cast<core::Time::rep>(intervals_) * interval;
  lead_.on_sample(sample_, seconds(from), std::max(0.0, seconds(end - start_ - from)));
}

void LoadDriver::on_effect(io::ClientSwarm::Id id, const core::ClientEffect& effect) {
  Member& member = members_[id];
  if (const auto* outcome = std::get_if<core::ClientOutcome>(&effect)) {
    on_outcome(member, *outcome);
    offer(id, member);
  } else if (const auto* welcomed = std::get_if<core::ClientWelcomed>(&effect)) {
    on_welcomed(id, member, *welcomed);
  } else if (const auto* closed = std::get_if<core::ClientClosed>(&effect)) {
    on_closed(member, *closed);
  } else if (const auto* counted = std::get_if<core::ClientCounted>(&effect)) {
    note_count(counted->version, counted->count);
  } else if (std::holds_alternative<core::ClientLost>(effect)) {
    member.ready = false;
    ++sample_.lost;
  } else if (std::holds_alternative<core::ClientClosing>(effect)) {
    member.ready = false;
  }
}

void LoadDriver::on_welcomed(io::ClientSwarm::Id id, Member& member, const core::ClientWelcomed& welcomed) {
  if (!welcomed.again) ++joined_;
  progress_ = io::clock_now();
  ++sample_.joins;
  note_count(welcomed.version, welcomed.count);
  member.ready = true;
  member.window = welcomed.window;
  if (!open_loop()) {
    if (plan_.window > welcomed.window && result_.notes.empty()) {
      result_.notes.push_back("each client had at most " + std::to_string(welcomed.window) +
                              " requests in flight, the server's window");
    }
    member.window = std::min(plan_.window, welcomed.window);
  }
  offer(id, member);
}

void LoadDriver::on_closed(Member& member, const core::ClientClosed& closed) {
  member.ready = false;
  if (!closed.refused) {
    ++sample_.leaves;
    return;
  }
  ++refused_;
  ++sample_.refused;
  progress_ = io::clock_now();
  if (refusal_.empty()) refusal_ = closed.text;
}

void LoadDriver::on_outcome(Member& member, const core::ClientOutcome& outcome) {
  --member.outstanding;
  const auto place = std::find_if(member.in_flight.begin(), member.in_flight.end(),
                                  [&](const Pending& request) { return request.id == outcome.id; });
  if (place == member.in_flight.end()) return;  // counted as timed out
  const Pending request = *place;
  member.in_flight.erase(place);
  --in_flight_;
  last_outcome_ = io::clock_now();
  if (leaving_) return;
  switch (outcome.kind) {
    case core::ClientOutcome::Kind::reply:
      ++sample_.replies;
      sample_.latency.add(whole(last_outcome_ - request.due));
      sample_.service_time.add(whole(last_outcome_ - request.sent));
      note_count(outcome.version, outcome.count);
      break;
    case core::ClientOutcome::Kind::error:
      ++sample_.errors[script_error_name(outcome.code)];
      break;
    case core::ClientOutcome::Kind::unknown:
      ++sample_.unknown;
      break;
  }
}

void LoadDriver::note_count(std::uint64_t version, std::uint32_t count) {
  if (sample_.count && version < sample_.version) return;
  sample_.version = version;
  sample_.count = count;
}

}  // namespace rollcall::replay
