#include "core/journal.hpp"

#include <chrono>

namespace rollcall::core {
namespace {

constexpr std::chrono::seconds period{1};
constexpr std::size_t hung = 2;
constexpr std::size_t first_refusal = 3;

}  // namespace

std::size_t Journal::index(Notice::Kind kind, Refusal refusal) noexcept {
  switch (kind) {
    case Notice::Kind::message:
      return 0;
    case Notice::Kind::hung:
      return hung;
    case Notice::Kind::refused:
      return first_refusal + static_cast<std::size_t>(refusal);
    default:
      return 1;
  }
}

Journal::Budget Journal::initial(std::size_t index) noexcept {
  if (index == 0) return {message_notices_per_second};
  if (index == hung) return {hung_notices_per_second};
  return {index == 1 ? presence_notices_per_second : refusal_notices_per_second};
}

bool Journal::may_tell(Notice::Kind kind, Refusal refusal, Time now) noexcept {
  Budget& budget = budgets_[index(kind, refusal)];
  // A second with omissions ends in omitted(), which tells of them first.
  if (budget.left_out == 0 && now - budget.since >= period) {
    budget.used = 0;
    budget.since = now;
  }
  if (budget.used < budget.per_second) {
    ++budget.used;
    return true;
  }
  if (budget.left_out++ == 0) ++omitting_;
  return false;
}

std::optional<Journal::Omission> Journal::omitted(Time now) noexcept {
  if (omitting_ == 0) return std::nullopt;
  for (std::size_t i = 0; i < budgets_.size(); ++i) {
    Budget& budget = budgets_[i];
    if (budget.left_out == 0 || now - budget.since < period) continue;
    Omission omission{Notice::Kind::message, Refusal::late_message, budget.left_out};
    if (i == 1) omission.kind = Notice::Kind::joined;
    if (i == hung) omission.kind = Notice::Kind::hung;
    if (i >= first_refusal) {
      omission.kind = Notice::Kind::refused;
      omission.refusal = static_cast<Refusal>(i - first_refusal);
    }
    budget.left_out = 0;
    budget.used = 0;
    budget.since = now;
    --omitting_;
    return omission;
  }
  return std::nullopt;
}

std::optional<Time> Journal::next_deadline() const noexcept {
  if (omitting_ == 0) return std::nullopt;
  std::optional<Time> earliest;
  for (const Budget& budget : budgets_) {
    if (budget.left_out == 0) continue;
    if (!earliest || budget.since + period < *earliest) earliest = budget.since + period;
  }
  return earliest;
}

void Journal::end_all() noexcept {
  for (Budget& budget : budgets_) {
    if (budget.left_out > 0) budget.since = Time::min() / 2;
  }
}

}  // namespace rollcall::core
