#include "server/http/change_log.hpp"

#include <algorithm>

#include "server/http/limits.hpp"

namespace rollcall::http {

void ChangeLog::add(const ServerStatus& status) {
  if (status.changes_lost) changes_.clear();
  for (const RosterChange& change : status.changes) {
    if (!changes_.empty() && change.version <= changes_.back().version) continue;
    if (!changes_.empty() && change.version != changes_.back().version + 1) changes_.clear();
    changes_.push_back(change);
  }
  while (changes_.size() > changes_max) changes_.pop_front();
  version_ = std::max(version_, status.version);
  if (!changes_.empty() && changes_.back().version != version_) changes_.clear();
}

ChangeLog::Part ChangeLog::after(std::uint64_t version, std::size_t most) const {
  Part part;
  const std::uint64_t known_from = version_ - changes_.size();
  part.reset = version > version_ || version < known_from;
  if (part.reset) return part;
  for (std::size_t i = version - known_from; i < changes_.size() && part.changes.size() < most; ++i) {
    part.changes.push_back(&changes_[i]);
  }
  return part;
}

ChangeLog::Part ChangeLog::latest(std::size_t most) const {
  return after(version_ - std::min(most, changes_.size()), most);
}

}  // namespace rollcall::http
