#include "replay/sample.hpp"

#include <algorithm>

namespace rollcall::replay {

namespace {

constexpr double ns_per_ms = 1e6;

Run::Interval interval_of(const Sample& sample, double from_s, double interval_s) {
  const auto quantile_ms = [&](double fraction) {
    return static_cast<double>(sample.latency.quantile(fraction)) / ns_per_ms;
  };
  Run::Interval interval;
  interval.from_s = from_s;
  interval.seconds = interval_s;
  interval.sent = sample.sent;
  interval.replies = sample.replies;
  interval.errors = sample.errors_total();
  interval.joins = sample.joins;
  interval.leaves = sample.leaves;
  interval.crashes = sample.crashes + sample.lost;
  interval.count = sample.count;
  interval.p50_ms = quantile_ms(0.5);
  interval.p99_ms = quantile_ms(0.99);
  interval.max_ms = static_cast<double>(sample.latency.max()) / ns_per_ms;
  return interval;
}

/// `first` becomes both. The quantiles of both cannot be told from those of each: the median is weighted by the
/// replies, and the p99 is the worse one, so that no bad interval is smoothed away.
void join(Run::Interval& first, const Run::Interval& second) {
  const std::uint64_t replies = first.replies + second.replies;
  if (replies > 0) {
    const double share = static_cast<double>(second.replies) / static_cast<double>(replies);
    first.p50_ms += (second.p50_ms - first.p50_ms) * share;
  }
  first.p99_ms = std::max(first.p99_ms, second.p99_ms);
  first.max_ms = std::max(first.max_ms, second.max_ms);
  first.seconds = second.from_s + second.seconds - first.from_s;
  first.sent += second.sent;
  first.replies = replies;
  first.errors += second.errors;
  first.joins += second.joins;
  first.leaves += second.leaves;
  first.crashes += second.crashes;
  if (second.count) first.count = second.count;
}

void halve(std::vector<Run::Interval>& intervals) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < intervals.size(); i += 2, ++kept) {
    Run::Interval both = intervals[i];
    if (i + 1 < intervals.size()) join(both, intervals[i + 1]);
    intervals[kept] = both;
  }
  intervals.resize(kept);
}

}  // namespace

void Sample::add(const Sample& other) {
  due += other.due;
  sent += other.sent;
  not_sent += other.not_sent;
  replies += other.replies;
  unknown += other.unknown;
  timeouts += other.timeouts;
  for (const auto& [name, times] : other.errors) errors[name] += times;
  joins += other.joins;
  leaves += other.leaves;
  crashes += other.crashes;
  lost += other.lost;
  refused += other.refused;
  expectations_met += other.expectations_met;
  expectations_failed += other.expectations_failed;
  const std::size_t room = failures_max - std::min(failures_max, failures.size());
  const auto more = static_cast<std::ptrdiff_t>(std::min(room, other.failures.size()));
  failures.insert(failures.end(), other.failures.begin(), other.failures.begin() + more);
  if (other.count && (!count || other.version >= version)) {
    count = other.count;
    version = other.version;
  }
  latency.add(other.latency);
  service_time.add(other.service_time);
}

std::uint64_t Sample::errors_total() const noexcept {
  std::uint64_t total = unknown + timeouts + not_sent;
  for (const auto& [name, times] : errors) total += times;
  return total;
}

void Run::add(const Sample& sample, double from_s, double interval_s) {
  total.add(sample);
  seconds = std::max(seconds, from_s + interval_s);
  const Interval interval = interval_of(sample, from_s, interval_s);
  if (!intervals.empty()) {
    Interval& last = intervals.back();
    // The rest of a second at the end of a run would look like a collapse.
    const bool is_rest = interval_s < last.seconds / static_cast<double>(last_interval_samples) / 4;
    if (is_rest || last_interval_samples < interval_samples) {
      join(last, interval);
      if (!is_rest) ++last_interval_samples;
      return;
    }
  }
  if (intervals.size() >= intervals_max) {
    halve(intervals);
    interval_samples *= 2;
  }
  intervals.push_back(interval);
  last_interval_samples = 1;
}

}  // namespace rollcall::replay
