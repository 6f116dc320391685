// What the clients of a script do, and what happens to them. The run is in player.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "replay/error_names.hpp"
#include "replay/expectation.hpp"
#include "replay/player.hpp"
#include "wire/codec.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

constexpr std::size_t text_bytes_max = 500;

std::string seconds(Duration time) { return fmt::format("{:g} s", std::chrono::duration<double>(time).count()); }

/// What a request ended in that nobody expected anything of.
std::string ended(const core::ClientOutcome& outcome) {
  if (outcome.kind == core::ClientOutcome::Kind::unknown) return "unknown: the connection was lost";
  return fmt::format("error {}: {}", script_error_name(outcome.code), wire::printable(outcome.text, text_bytes_max));
}

}  // namespace

void Player::join(const Action& action, const std::string& name, std::uint32_t number) {
  if (actors_.contains(name)) {
    return fail(action.step->line, name, "a client that is not there yet", "it is there already");
  }
  auto made = std::make_unique<Actor>();
  Actor& actor = *made;
  actor.name = name;
  if (is_pattern(action.step->client)) actor.pattern = action.step->client;
  actor.number = number;
  actor.joined = joined_++;
  actor.join = action;
  actors_.emplace(name, std::move(made));
  ++changing_;
  wake(actor, action.due);
}

void Player::connect(Actor& actor, core::Time now) {
  const Step& step = *actor.join.step;
  const std::string told = step.label ? values_.render(*step.label, actor.moment(0, actor.join.round)) : actor.name;
  if (told.size() > wire::name_bytes_max || !wire::is_utf8(told)) {
    fail(step.line, actor.name, fmt::format("a name of at most {} bytes of UTF-8", wire::name_bytes_max),
         wire::printable(told, text_bytes_max));
    return remove(actor);
  }
  actor.state = Actor::State::joining;
  actor.since = now;
  actor.id = swarm_.open(told);
  by_id_.emplace(actor.id, &actor);
  if (!first_join_) first_join_ = now;
  deadlines_.push({now + std::max<Duration>(timeout_, options_.patience), actor.id, 0});
}

/// Looks at the actor again at `time`.
void Player::wake(Actor& actor, core::Time time) {
  if (actor.woken_at == time) return;
  actor.woken_at = time;
  wakes_.push({time, ++order_, actor.name});
}

void Player::assign(Actor& actor, Action action, core::Time now) {
  actor.to_do.push_back(std::move(action));
  ++to_do_;
  if (actor.state == Actor::State::lost) watch_absence(actor, now);
  advance(actor, now);
}

void Player::advance(Actor& actor, core::Time now) {
  while (!actor.to_do.empty() && may_do(actor, actor.to_do.front(), now)) {
    const Action action = std::move(actor.to_do.front());
    actor.to_do.pop_front();
    --to_do_;
    switch (action.step->kind) {
      case Step::Kind::send:
        send(actor, action, now);
        break;
      case Step::Kind::expect:
        expect(actor, action, now);
        break;
      case Step::Kind::crash:
        ++ledger_.sample().crashes;
        swarm_.cut(actor.id);
        count_check_.doubt();
        return remove(actor);
      default:
        return depart(actor, now);
    }
  }
}

bool Player::may_do(Actor& actor, const Action& action, core::Time now) {
  if (action.step->kind == Step::Kind::expect) return true;
  if (actor.state != Actor::State::present) return false;
  if (now < action.due) {
    wake(actor, action.due);
    return false;
  }
  const bool ends = action.step->kind != Step::Kind::send;
  const auto think = action.step->think;
  if ((ends || think) && actor.unanswered > 0) return false;
  if (!think) return true;
  const core::Time ready = actor.last_reply + timeline_.scaled(*think);
  if (now < ready) wake(actor, ready);
  return now >= ready;
}

void Player::send(Actor& actor, const Action& action, core::Time now) {
  const Step& step = *action.step;
  Asked asked;
  asked.request = ++actor.requests;
  asked.round = action.round;
  asked.due = step.think ? std::max(action.due, actor.last_reply + timeline_.scaled(*step.think)) : action.due;
  asked.sent = now;
  asked.step = action.step;
  if (step.expectation) asked.expecting = action.step;
  const auto timeout = step.expectation && step.expectation->timeout ? *step.expectation->timeout : timeout_;
  asked.give_up = now + timeout;
  const std::string text = values_.render(step.text, actor.moment(asked.request, asked.round));
  asked.id = swarm_.ask(actor.id, text);
  deadlines_.push({asked.give_up, actor.id, asked.id});
  actor.asked.push_back(std::move(asked));
  ++actor.unanswered;
  ++unanswered_;
  ++ledger_.sample().due;
  ++ledger_.sample().sent;
}

void Player::expect(Actor& actor, const Action& action, core::Time now) {
  Asked* asked = actor.without_expectation();
  if (asked == nullptr) {
    return fail(action.step->line, actor.name, "a request that nothing is expected of yet", "there is none");
  }
  asked->expecting = action.step;
  if (asked->outcome) {
    judge(actor, *asked);
    forget(actor);
  } else if (const auto timeout = action.step->expectation->timeout) {
    asked->give_up = std::max(now, asked->sent + *timeout);
    deadlines_.push({asked->give_up, actor.id, asked->id});
  }
}

void Player::judge(const Actor& actor, const Asked& asked) {
  const Expectation& expectation = *asked.expecting->expectation;
  const Moment moment = actor.moment(asked.request, asked.round);
  const auto mismatch = asked.timed_out
                            ? std::optional(missing(expectation, asked.give_up - asked.sent, values_, moment))
                            : compare(expectation, *asked.outcome, values_, moment);
  if (mismatch) {
    fail(expectation.line, actor.name, mismatch->expected, mismatch->got);
  } else {
    ++ledger_.sample().expectations_met;
  }
}

/// Every request is expected to get a reply, where a script does not say anything else.
void Player::judge_forgotten(const Actor& actor, const Asked& asked) {
  if (asked.expecting || !asked.outcome || asked.outcome->kind == core::ClientOutcome::Kind::reply) return;
  fail(asked.step->line, actor.name, "a reply",
       asked.timed_out ? "no reply within " + seconds(asked.give_up - asked.sent) : ended(*asked.outcome));
}

void Player::forget(Actor& actor) {
  while (const auto asked = actor.take_forgotten()) judge_forgotten(actor, *asked);
}

void Player::fail(std::uint64_t line, const std::string& client, std::string expected, std::string got) {
  Sample& sample = ledger_.sample();
  ++sample.expectations_failed;
  if (sample.failures.size() < Sample::failures_max) {
    sample.failures.push_back({line, client, std::move(expected), std::move(got)});
  }
}

void Player::happened(io::ClientSwarm::Id id, const core::ClientEffect& effect) {
  const auto* welcome = std::get_if<core::ClientWelcomed>(&effect);
  const auto* counted = std::get_if<core::ClientCounted>(&effect);
  if (count_check_.owns(id)) {
    if (welcome != nullptr) count_check_.told(id, welcome->count);
    if (counted != nullptr) count_check_.told(id, counted->count);
    if (std::holds_alternative<core::ClientClosed>(effect)) count_check_.gone(id);
    return;
  }
  const auto place = by_id_.find(id);
  if (place == by_id_.end()) return;
  Actor& actor = *place->second;
  const core::Time now = clock_now();
  if (welcome != nullptr) {
    welcomed(actor, *welcome, now);
  } else if (counted != nullptr) {
    roster_.told(counted->count, counted->version);
    count_check_.told(id, counted->count);
  } else if (const auto* outcome = std::get_if<core::ClientOutcome>(&effect)) {
    answered(actor, *outcome, now);
  } else if (const auto* closed_now = std::get_if<core::ClientClosed>(&effect)) {
    closed(actor, *closed_now);
  } else if (std::holds_alternative<core::ClientLost>(effect)) {
    count_check_.gone(id);
    if (actor.state != Actor::State::present) return;
    roster_.forget();
    count_check_.doubt();
    ++ledger_.sample().lost;
    actor.state = Actor::State::lost;
    actor.since = now;
    if (!actor.to_do.empty()) watch_absence(actor, now);
  }
}

void Player::welcomed(Actor& actor, const core::ClientWelcomed& welcome, core::Time now) {
  if (actor.state == Actor::State::joining) {
    --changing_;
    ++ledger_.sample().joins;
    actor.last_reply = now;
    anybody_welcomed_ = true;
  } else if (actor.state == Actor::State::leaving) {
    return;
  }
  actor.state = Actor::State::present;
  actor.since = now;
  roster_.told(welcome.count, welcome.version);
  count_check_.told(actor.id, welcome.count);
  advance(actor, now);
}

void Player::answered(Actor& actor, const core::ClientOutcome& outcome, core::Time now) {
  Asked* asked = actor.find(outcome.id);
  if (asked == nullptr || asked->outcome) return;  // it came too late
  Sample& sample = ledger_.sample();
  asked->outcome = outcome;
  --actor.unanswered;
  --unanswered_;
  actor.last_reply = now;
  switch (outcome.kind) {
    case core::ClientOutcome::Kind::reply:
      ++sample.replies;
      sample.latency.add(static_cast<std::uint64_t>((now - asked->due).count()));
      sample.service_time.add(static_cast<std::uint64_t>((now - asked->sent).count()));
      roster_.told(outcome.count, outcome.version);
      break;
    case core::ClientOutcome::Kind::error:
      ++sample.errors[script_error_name(outcome.code)];
      break;
    case core::ClientOutcome::Kind::unknown:
      ++sample.unknown;
      break;
  }
  if (asked->expecting) judge(actor, *asked);
  forget(actor);
  advance(actor, now);
}

void Player::no_answer(Actor& actor, std::uint64_t request_id, core::Time now) {
  Asked* asked = actor.find(request_id);
  if (asked == nullptr || asked->outcome || now < asked->give_up) return;
  const bool lost = actor.state != Actor::State::present;
  ++(lost ? ledger_.sample().unknown : ledger_.sample().timeouts);
  asked->timed_out = !lost;
  asked->outcome.emplace();  // unknown
  asked->outcome->id = request_id;
  --actor.unanswered;
  --unanswered_;
  if (asked->expecting) judge(actor, *asked);
  forget(actor);
  advance(actor, now);
}

/// A client that is away for too long does nothing of what it was to do.
void Player::watch_absence(const Actor& actor, core::Time now) { deadlines_.push({now + timeout_, actor.id, 0}); }

void Player::no_sign(Actor& actor, core::Time now) {
  if (actor.state == Actor::State::present || now - actor.since < timeout_) return;
  if (actor.state == Actor::State::lost && actor.to_do.empty()) return;
  if (actor.state != Actor::State::lost) {
    const bool joins = actor.state == Actor::State::joining;
    fail(actor.join.step->line, actor.name, joins ? "a WELCOME" : "an answer to the goodbye",
         "none within " + seconds(now - actor.since));
  }
  swarm_.cut(actor.id);
  remove(actor);
}

void Player::missed(const Action& action, const std::string& name) {
  if (action.step->kind == Step::Kind::send) {
    ++ledger_.sample().due;
    ++ledger_.sample().not_sent;
  }
  fail(action.step->line, name, "a client that is there", "it is not, or is not any more");
}

void Player::depart(Actor& actor, core::Time now) {
  if (actor.state == Actor::State::present) {
    actor.state = Actor::State::leaving;
    actor.since = now;
    ++changing_;
    watch_absence(actor, now);
    swarm_.leave(actor.id);
  } else if (actor.state != Actor::State::leaving) {
    swarm_.cut(actor.id);
    remove(actor);
  }
}

void Player::closed(Actor& actor, const core::ClientClosed& closed) {
  if (closed.refused) {
    ++ledger_.sample().refused;
    fail(actor.join.step->line, actor.name, "a WELCOME",
         fmt::format("error {}: {}", script_error_name(closed.code), wire::printable(closed.text, text_bytes_max)));
    anybody_welcomed_ = true;  // somebody answered
  } else if (actor.state == Actor::State::leaving && !going_home_) {
    ++ledger_.sample().leaves;
  }
  count_check_.doubt();
  remove(actor);
}

void Player::remove(Actor& actor) {
  if (actor.state != Actor::State::present && actor.state != Actor::State::lost) --changing_;
  for (Asked& asked : actor.asked) {
    if (asked.outcome) {
      judge_forgotten(actor, asked);
      continue;
    }
    asked.outcome.emplace();  // unknown, for ever
    ++ledger_.sample().unknown;
    --unanswered_;
    asked.expecting ? judge(actor, asked) : judge_forgotten(actor, asked);
  }
  to_do_ -= actor.to_do.size();
  const auto to_do = std::move(actor.to_do);
  const std::string name = actor.name;
  if (by_id_.erase(actor.id) > 0) count_check_.gone(actor.id);
  actors_.erase(name);
  if (going_home_) return;
  for (const Action& action : to_do) missed(action, name);
}

}  // namespace rollcall::replay
