#include "replay/actor.hpp"

#include <algorithm>

namespace rollcall::replay {

Asked* Actor::find(std::uint64_t request_id) noexcept {
  const auto place = std::lower_bound(asked.begin(), asked.end(), request_id,
                                      [](const Asked& each, std::uint64_t wanted) { return each.id < wanted; });
  return place == asked.end() || place->id != request_id ? nullptr : &*place;
}

Asked* Actor::without_expectation() noexcept {
  const auto place = std::find_if(asked.begin(), asked.end(), [](const Asked& each) { return !each.expecting; });
  return place == asked.end() ? nullptr : &*place;
}

std::optional<Asked> Actor::take_forgotten() {
  if (asked.empty() || !asked.front().outcome) return std::nullopt;
  if (!asked.front().expecting && asked.size() <= remembered_max) return std::nullopt;
  std::optional<Asked> oldest = std::move(asked.front());
  asked.pop_front();
  return oldest;
}

}  // namespace rollcall::replay
