// The run: steps in their time, deadlines, waits. What the clients do is in player_clients.cpp.
#include "replay/player.hpp"

#include <algorithm>
#include <utility>

#include "replay/readable.hpp"

namespace rollcall::replay {
namespace {

// Steps that were read and have not ended: a script may be longer than memory.
constexpr std::size_t under_way_max = 100'000;
// Between two looks at everything else.
constexpr unsigned steps_a_turn_max = 1024;
// At the end, for the goodbyes.
constexpr std::chrono::seconds goodbye_patience{5};

}  // namespace

Player::Player(Options options, const Header& header, const Values& values, OnSample on_sample)
    : options_(std::move(options)),
      timeout_(header.timeout),
      values_(values),
      timeline_(options_.timeline),
      ledger_(std::move(on_sample), clock_now()),
      // One more: the count check's own client.
      swarm_(
          options_.endpoint, options_.clients_max + 1,
          [this](io::ClientSwarm::Id id, const core::ClientEffect& effect) { happened(id, effect); }, options_.keys),
      count_check_(swarm_, roster_) {}

Player::End Player::play(Timeline::Source source) {
  timeline_.start(std::move(source), clock_now());
  ended_ = false;
  while (true) {
    const core::Time now = clock_now();
    if (is_readable(options_.interrupt_fd)) return End::interrupted;
    if (first_join_ && !anybody_welcomed_ && now - *first_join_ >= options_.patience) return End::no_server;
    if (!turn(now)) break;
    swarm_.wait(next_wake(clock_now()), options_.interrupt_fd);
  }
  send_all_home(clock_now());
  return is_readable(options_.interrupt_fd) ? End::interrupted : End::played;
}

void Player::finish() { ledger_.finish(clock_now(), roster_); }

/// False when everything is done.
bool Player::turn(core::Time now) {
  ledger_.tick(now, roster_);
  wake_clients(now);
  give_up_overdue(now);
  check_hold(now);
  read_steps(now);
  return !(ended_ && !hold_ && at_rest());
}

bool Player::at_rest() const noexcept { return to_do_ == 0 && unanswered_ == 0 && changing_ == 0; }

bool Player::may_read() const noexcept { return !hold_ && !ended_ && to_do_ + unanswered_ < under_way_max; }

void Player::read_steps(core::Time now) {
  for (unsigned steps = 0; steps < steps_a_turn_max && may_read(); ++steps) {
    const Timeline::Due* next = timeline_.next(now);
    if (next == nullptr) {
      ended_ = true;
    } else if (next->time > now) {
      return;
    } else {
      begin(timeline_.take(), now);
    }
  }
}

bool Player::concerns(const Step& step, const std::string& name) const {
  if (step.kind != Step::Kind::send && step.kind != Step::Kind::expect) return true;
  if (options_.only.empty() || options_.only == name) return true;
  const auto actor = actors_.find(name);
  return actor != actors_.end() && actor->second->pattern == options_.only;
}

void Player::begin(Timeline::Due due, core::Time now) {
  if (due.step.kind == Step::Kind::wait) return hold_at(due.step, now);
  const auto step = std::make_shared<const Step>(std::move(due.step));
  const core::Time time = due.timed ? due.time : now;
  const core::Time ramp = timeline_.scaled(step->ramp);
  std::vector<std::string> names;
  if (!is_pattern(step->client)) {
    names = {step->client};
  } else if (step->kind == Step::Kind::join) {
    for (std::uint32_t i = 1; i <= step->number; ++i) names.push_back(member_name(step->client, i));
  } else {
    for (const auto& [name, actor] : actors_) {
      if (actor->pattern == step->client) names.push_back(name);
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!concerns(*step, names[i])) continue;
    const core::Time share = ramp * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(names.size());
    Action action{step, time + share, due.round};
    const auto actor = actors_.find(names[i]);
    if (step->kind == Step::Kind::join) {
      join(action, names[i], static_cast<std::uint32_t>(is_pattern(step->client) ? i + 1 : 1));
    } else if (actor == actors_.end()) {
      missed(action, names[i]);
    } else {
      assign(*actor->second, std::move(action), now);
    }
  }
  wake_clients(now);
}

void Player::wake_clients(core::Time now) {
  while (!wakes_.empty() && wakes_.top().time <= now) {
    const std::string name = wakes_.top().name;
    wakes_.pop();
    const auto place = actors_.find(name);
    if (place == actors_.end()) continue;
    Actor& actor = *place->second;
    actor.woken_at = core::Time{0};
    if (actor.state != Actor::State::expected) {
      advance(actor, now);
    } else if (actor.join.due <= now) {
      connect(actor, now);
    }
  }
}

void Player::give_up_overdue(core::Time now) {
  while (!deadlines_.empty() && deadlines_.top().time <= now) {
    const Deadline deadline = deadlines_.top();
    deadlines_.pop();
    const auto place = by_id_.find(deadline.client);
    if (place == by_id_.end()) continue;
    if (deadline.request == 0) {
      no_sign(*place->second, now);
    } else {
      no_answer(*place->second, deadline.request, now);
    }
  }
}

void Player::hold_at(const Step& wait, core::Time now) {
  hold_ = wait;
  counting_ = false;
  check_hold(now);
}

void Player::check_hold(core::Time now) {
  if (!hold_) return;
  if (!counting_) {
    // What clients do has deadlines of its own; the wait's begins when only the count is missing.
    if (!at_rest()) return;
    if (!hold_->count) return hold_.reset();
    counting_ = true;
    count_check_.begin(*hold_->count, now + hold_->timeout.value_or(timeout_));
  }
  const auto present = std::find_if(actors_.begin(), actors_.end(),
                                    [](const auto& each) { return each.second->state == Actor::State::present; });
  const auto id = present == actors_.end() ? std::nullopt : std::optional(present->second->id);
  const CountCheck::Result result = count_check_.step(id, now);
  if (result == CountCheck::Result::pending) return;
  if (result == CountCheck::Result::reached) {
    ++ledger_.sample().expectations_met;
  } else {
    const auto last = count_check_.last();
    fail(hold_->line, "wait", "count " + std::to_string(*hold_->count),
         last ? "count " + std::to_string(*last) : "no answer from the server");
  }
  hold_.reset();
}

core::Time Player::next_wake(core::Time now) {
  core::Time wake = ledger_.next_tick();
  const auto consider = [&wake](core::Time time) { wake = std::min(wake, time); };
  if (!wakes_.empty()) consider(wakes_.top().time);
  if (!deadlines_.empty()) consider(deadlines_.top().time);
  if (hold_ && counting_) consider(count_check_.next());
  if (may_read()) {
    const Timeline::Due* next = timeline_.next(now);
    if (next != nullptr) consider(next->time);
  }
  if (first_join_ && !anybody_welcomed_) consider(*first_join_ + options_.patience);
  return wake;
}

/// What leaves now is not the script's doing.
void Player::send_all_home(core::Time now) {
  going_home_ = true;
  std::vector<Actor*> all;
  for (const auto& [name, actor] : actors_) all.push_back(actor.get());
  for (Actor* actor : all) depart(*actor, now);
  const core::Time end = now + goodbye_patience;
  while (!actors_.empty() && clock_now() < end && !is_readable(options_.interrupt_fd)) {
    ledger_.tick(clock_now(), roster_);
    swarm_.wait(std::min(end, ledger_.next_tick()), options_.interrupt_fd);
  }
  while (!actors_.empty()) {
    Actor& actor = *actors_.begin()->second;
    if (actor.state != Actor::State::expected) swarm_.cut(actor.id);
    remove(actor);
  }
  count_check_.doubt();
  going_home_ = false;
}

}  // namespace rollcall::replay
