#include "server/http/rosters.hpp"

#include <algorithm>
#include <utility>

#include "server/http/limits.hpp"

namespace rollcall::http {

void Rosters::add(std::shared_ptr<const ServerRoster> roster) {
  if (!rosters_.empty() && rosters_.back()->taken >= roster->taken) return;
  std::erase_if(rosters_, [&](const auto& kept) { return kept->version == roster->version; });
  rosters_.push_back(std::move(roster));
  while (rosters_.size() > rosters_max) rosters_.pop_front();
}

void Rosters::prune(Time now) {
  std::erase_if(rosters_, [&](const auto& kept) { return now - kept->taken > roster_age_max; });
}

std::shared_ptr<const ServerRoster> Rosters::newest(Time now, std::chrono::milliseconds age_max) const {
  if (rosters_.empty() || now - rosters_.back()->taken > age_max) return nullptr;
  return rosters_.back();
}

std::shared_ptr<const ServerRoster> Rosters::of_version(std::uint64_t version, Time now) const {
  const auto found = std::find_if(rosters_.begin(), rosters_.end(), [&](const auto& kept) {
    return kept->version == version && now - kept->taken <= roster_age_max;
  });
  return found == rosters_.end() ? nullptr : *found;
}

}  // namespace rollcall::http
