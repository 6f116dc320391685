#include "server/http/history.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "server/http/limits.hpp"

namespace rollcall::http {

std::optional<std::chrono::nanoseconds> quantile_between(const Durations& before, const Durations& after,
                                                         double share) {
  const bool first = before.buckets.empty();
  if (!first && before.buckets.size() != after.buckets.size()) return std::nullopt;
  const auto came = [&](std::size_t bucket) {
    const std::uint64_t had = first ? 0 : before.buckets[bucket].count;
    return after.buckets[bucket].count - std::min(had, after.buckets[bucket].count);
  };
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < after.buckets.size(); ++i) all += came(i);
  if (all == 0) return std::nullopt;
  const double rank = share * static_cast<double>(all);
  std::uint64_t below = 0;
  std::chrono::nanoseconds from{0};
  for (std::size_t i = 0; i < after.buckets.size(); ++i) {
    const std::uint64_t here = came(i);
    const std::chrono::nanoseconds to = after.buckets[i].up_to;
    if (here > 0 && static_cast<double>(below + here) >= rank) {
      if (to == std::chrono::nanoseconds::max()) return from;
      const double part = (rank - static_cast<double>(below)) / static_cast<double>(here);
      return from + std::chrono::nanoseconds(std::llround(static_cast<double>((to - from).count()) * part));
    }
    below += here;
    from = to;
  }
  return from;
}

void History::add(const std::shared_ptr<const ServerStatus>& status) {
  if (!base_) {
    base_ = status;
    end_ = status->taken;
    return;
  }
  if (status->taken < end_ + step) return;
  const auto steps = static_cast<std::size_t>((status->taken - end_) / step);
  const std::chrono::duration<double> took = status->taken - base_->taken;
  Point point;
  point.requests_per_second = static_cast<double>(status->requests - base_->requests) / took.count();
  point.count = base_->count;
  for (std::size_t i = 1; i < std::min(steps, history_points_max); ++i) points_.push_back(point);
  point.count = status->count;
  if (const auto p99 = quantile_between(base_->reply_time, status->reply_time, 0.99)) {
    point.p99 = std::chrono::duration_cast<std::chrono::microseconds>(*p99);
  }
  points_.push_back(point);
  while (points_.size() > history_points_max) points_.pop_front();
  end_ += step * static_cast<std::int64_t>(steps);
  base_ = status;
}

}  // namespace rollcall::http
