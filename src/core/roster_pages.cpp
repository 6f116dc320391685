#include "core/roster_pages.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/codec.hpp"

namespace rollcall::core {
namespace {

using Milliseconds = std::chrono::milliseconds;

wire::RosterEntry entry_of(const Session& session, std::string_view address, const Moment& moment) {
  const auto since = std::chrono::duration_cast<Milliseconds>(session.joined + moment.unix_offset);
  const auto idle = std::chrono::duration_cast<Milliseconds>(moment.now - session.last_seen);
  constexpr Milliseconds idle_max{std::numeric_limits<std::uint32_t>::max()};
  wire::RosterEntry entry;
  entry.session = session.number;
  entry.since_unix_ms = static_cast<std::uint64_t>(std::max(since, Milliseconds{0}).count());
  entry.requests = session.requests;
  entry.idle_ms = static_cast<std::uint32_t>(std::min(idle, idle_max).count());
  entry.name = *session.name;
  entry.address = address;
  return entry;
}

}  // namespace

std::uint64_t encode_page(const Roster& roster, const Page& page, const Moment& moment, std::string& out) {
  std::string entries;
  std::uint16_t size = 0;
  std::uint64_t last = page.cursor;
  bool is_last_page = true;
  roster.for_each_after(page.cursor, [&](const Session& session) {
    is_last_page = size < page.entries;
    if (!is_last_page) return false;
    const AddressText address(session.address);
    wire::pack_item(entry_of(session, address.view(), moment), entries);
    last = session.number;
    ++size;
    return true;
  });
  wire::Roster message;
  message.pushed = page.pushed;
  message.version = roster.version();
  message.count = roster.count();
  message.next = is_last_page ? 0 : last;
  message.entries = {entries, size};
  wire::encode(message, out);
  return message.next;
}

void Snapshot::make(const Roster& roster, const Changes& changes, const Moment& moment) {
  const bool is_young = !pages_.empty() && moment.now - made_ < snapshot_life;
  if (is_young && changes.has_all_after(version_)) return;
  const std::size_t entries = std::max<std::size_t>(page_entries_max, roster.count() / snapshot_pages_max + 1);
  std::vector<std::string> pages;
  std::uint64_t cursor = 0;
  do {
    cursor = encode_page(roster, {cursor, static_cast<std::uint16_t>(entries), true}, moment, pages.emplace_back());
  } while (cursor != 0);
  pages_ = std::move(pages);
  version_ = roster.version();
  count_ = roster.count();
  made_ = moment.now;
}

}  // namespace rollcall::core
