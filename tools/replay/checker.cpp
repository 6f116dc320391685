#include "replay/checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rollcall::replay {
namespace {

using Kind = Step::Kind;

double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

/// `now` after `rounds` more like the one from `before`; never beyond the largest number.
void repeat_growth(std::uint64_t& now, std::uint64_t before, std::uint64_t rounds) {
  std::uint64_t growth = 0;
  if (__builtin_mul_overflow(now - before, rounds, &growth) || __builtin_add_overflow(now, growth, &now)) {
    now = UINT64_MAX;
  }
}

void repeat_growth(Summary& now, const Summary& before, std::uint64_t rounds) {
  repeat_growth(now.requests, before.requests, rounds);
  repeat_growth(now.expectations, before.expectations, rounds);
  repeat_growth(now.joins, before.joins, rounds);
  repeat_growth(now.leaves, before.leaves, rounds);
  repeat_growth(now.crashes, before.crashes, rounds);
}

}  // namespace

void Checker::check_texts(const Step& step) const {
  values_.check(step.text);
  if (step.label) values_.check(*step.label);
  if (step.expectation && step.expectation->text) values_.check(*step.expectation->text);
  for (const Step& inner : step.steps) check_texts(inner);
}

void Checker::add(const Step& step) {
  try {
    check_texts(step);
    take(step);
  } catch (const Fault& fault) {
    throw ScriptError(file_, step.line, fault.what());
  }
  summary_.clients_left = attendance_.size();
}

/// The script's clock.
void Checker::advance(const Step& step) {
  if (step.at) now_s_ = std::max(now_s_, round_began_s_ + seconds(*step.at));
  summary_.planned_s = std::max(summary_.planned_s, now_s_ + seconds(step.ramp));
}

void Checker::take(const Step& step) {
  advance(step);
  switch (step.kind) {
    case Kind::join:
      attendance_.join(step.client, step.number, step.line);
      summary_.joins += step.number;
      summary_.clients_most = std::max(summary_.clients_most, attendance_.size());
      break;
    case Kind::send: {
      const std::uint32_t clients = attendance_.present(step.client);
      if (!step.expectation) attendance_.ask(step.client);
      summary_.requests += clients;
      summary_.expectations += step.expectation ? clients : 0;
      break;
    }
    case Kind::expect:
      attendance_.expect(step.client);
      summary_.expectations += attendance_.present(step.client);
      break;
    case Kind::leave:
      summary_.leaves += attendance_.leave(step.client);
      break;
    case Kind::crash:
      summary_.crashes += attendance_.leave(step.client);
      break;
    case Kind::wait:
      break;
    case Kind::repeat:
      take_repeat(step);
      return;
  }
  ++summary_.steps;
}

void Checker::play_round(const Step& step) {
  round_began_s_ = now_s_;
  for (const Step& inner : step.steps) take(inner);
}

/// A round has to be possible as the first one, and after itself. What is there after two rounds is there after each
/// further one; only requests that nothing is expected of may become fewer from round to round, so that the last round
/// is the one to look at.
void Checker::take_repeat(const Step& step) {
  const double outer_began_s = round_began_s_;
  play_round(step);
  const std::uint64_t steps_once = summary_.steps;
  if (step.times > 1) {
    const Attendance attendance = attendance_;
    const Summary summary = summary_;
    const double ended_s = now_s_;
    try {
      play_round(step);
      const std::uint32_t rounds_more = step.times - 2;
      if (rounds_more > 0) {
        repeat_growth(summary_, summary, rounds_more);
        const double round_s = now_s_ - ended_s;
        now_s_ += round_s * rounds_more;
        summary_.planned_s = std::max(summary_.planned_s + round_s * rounds_more, now_s_);
        if (attendance_.uses_up(attendance)) {
          const Summary all = summary_;
          const double all_ended_s = now_s_;
          attendance_.repeat_change(attendance, rounds_more - 1);
          play_round(step);
          summary_ = all;
          now_s_ = all_ended_s;
        } else {
          attendance_.repeat_change(attendance, rounds_more);
        }
      }
    } catch (const Fault& fault) {
      throw Fault(fmt::format("in a later round of the repeat: {}", fault.what()));
    }
  }
  round_began_s_ = outer_began_s;
  summary_.steps = steps_once + 1;
}

}  // namespace rollcall::replay
