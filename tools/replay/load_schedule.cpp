#include "replay/load_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::replay {
namespace {

// What arithmetic may add to a whole number of requests.
constexpr double rounding = 1e-6;

double seconds(LoadSchedule::Time time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

LoadSchedule::LoadSchedule(double rate, Time ramp, Time duration)
    : rate_(rate),
      ramp_s_(seconds(ramp)),
      total_(static_cast<std::uint64_t>(std::ceil(std::max(0.0, planned(seconds(duration)) - rounding)))) {}

double LoadSchedule::planned(double seconds) const {
  if (seconds < ramp_s_) return rate_ * seconds * seconds / (2 * ramp_s_);
  return rate_ * (seconds - ramp_s_ / 2);
}

LoadSchedule::Time LoadSchedule::due(std::uint64_t i) const {
  const auto number = static_cast<double>(i);
  const bool in_ramp = number < rate_ * ramp_s_ / 2;
  const double seconds = in_ramp ? std::sqrt(2 * ramp_s_ * number / rate_) : ramp_s_ / 2 + number / rate_;
  return std::chrono::round<Time>(std::chrono::duration<double>(seconds));
}

std::uint64_t LoadSchedule::due_until(Time time) const {
  if (time.count() < 0) return 0;
  auto number = std::min(total_, static_cast<std::uint64_t>(planned(seconds(time))));
  // due() is what counts, to the nanosecond.
  while (number > 0 && due(number - 1) > time) --number;
  while (number < total_ && due(number) <= time) ++number;
  return number;
}

}  // namespace rollcall::replay
