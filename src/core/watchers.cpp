#include "core/watchers.hpp"

#include <algorithm>
#include <cassert>

namespace rollcall::core {

Watcher* Watchers::find(std::uint32_t routing_id) noexcept {
  const auto place = std::find_if(all_.begin(), all_.end(),
                                  [routing_id](const Watcher& each) { return each.routing_id == routing_id; });
  return place == all_.end() ? nullptr : &*place;
}

Watcher& Watchers::add(std::uint32_t routing_id) {
  assert(!are_full() && find(routing_id) == nullptr);
  Watcher& added = all_.emplace_back();
  added.routing_id = routing_id;
  return added;
}

void Watchers::remove(std::uint32_t routing_id) noexcept {
  std::erase_if(all_, [routing_id](const Watcher& each) { return each.routing_id == routing_id; });
}

Time Watchers::time_of(const Watcher& watcher) const noexcept { return std::max(watcher.begins_at, next_snapshot_); }

Watcher* Watchers::due(Time now) noexcept {
  const auto place = std::find_if(all_.begin(), all_.end(),
                                  [this, now](const Watcher& each) { return each.begins && now >= time_of(each); });
  return place == all_.end() ? nullptr : &*place;
}

std::optional<Time> Watchers::next_deadline() const noexcept {
  std::optional<Time> earliest;
  for (const Watcher& each : all_) {
    if (each.begins && (!earliest || time_of(each) < *earliest)) earliest = time_of(each);
  }
  return earliest;
}

std::optional<std::uint64_t> Watchers::first_to_tell(std::uint64_t newest) const noexcept {
  std::optional<std::uint64_t> first;
  for (const Watcher& each : all_) {
    const std::uint64_t version = each.told + 1;
    if (version <= newest && each.may_be_told(version) && (!first || version < *first)) first = version;
  }
  return first;
}

}  // namespace rollcall::core
