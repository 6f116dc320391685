#include "core/client_pages.hpp"

#include <string>

namespace rollcall::core {

PageCollector::Added PageCollector::add(const wire::Roster& page) {
  std::size_t bytes = bytes_;
  std::uint64_t last = last_;
  bool rising = true;
  page.entries.for_each([&](const wire::RosterEntry& entry) {
    rising = rising && entry.session > last;
    last = entry.session;
    bytes += sizeof(ClientRosterEntry) + entry.name.size() + entry.address.size();
  });
  // A page that is not the last takes the list further, so that lists end.
  const bool goes_on = page.next == 0 || (page.entries.size() > 0 && page.next == last);
  if (!rising || !goes_on) return Added::broken;
  if (entries_.size() + page.entries.size() > roster_entries_max || bytes > roster_bytes_max) return Added::too_large;
  page.entries.for_each([this](const wire::RosterEntry& entry) {
    entries_.push_back({entry.session, entry.since_unix_ms, entry.requests, entry.idle_ms, std::string(entry.name),
                        std::string(entry.address)});
  });
  bytes_ = bytes;
  last_ = last;
  return page.next == 0 ? Added::last : Added::more;
}

void PageCollector::clear() noexcept {
  entries_ = {};
  bytes_ = 0;
  last_ = 0;
}

}  // namespace rollcall::core
