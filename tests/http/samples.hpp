// Statuses and rosters by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "rollcall/status.hpp"
#include "server/http/view.hpp"

namespace rollcall::http {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// The clock of these tests: so long after its beginning, which is also 1,000,000 s after the epoch.
inline std::chrono::steady_clock::time_point steady_at(milliseconds time) {
  return std::chrono::steady_clock::time_point(seconds(500) + time);
}
inline std::chrono::system_clock::time_point system_at(milliseconds time) {
  return std::chrono::system_clock::time_point(seconds(1'000'000) + time);
}
inline Moment moment_at(milliseconds time) { return {steady_at(time), system_at(time)}; }

inline Durations durations(std::uint64_t to_1ms, std::uint64_t to_2ms, std::uint64_t more) {
  Durations made;
  made.buckets = {{milliseconds(1), to_1ms}, {milliseconds(2), to_2ms}, {nanoseconds::max(), more}};
  made.count = to_1ms + to_2ms + more;
  made.sum = to_1ms * milliseconds(1) + to_2ms * milliseconds(2) + more * seconds(1);
  return made;
}

inline RosterChange joined(std::uint64_t version, std::uint32_t count, std::string name = "ana") {
  RosterChange change;
  change.version = version;
  change.count = count;
  change.session = version;
  change.name = std::move(name);
  change.address = "127.0.0.1:52634";
  change.time = system_at(milliseconds(10 * version));
  return change;
}

inline RosterChange left(std::uint64_t version, std::uint32_t count, std::string_view reason) {
  RosterChange change = joined(version, count);
  change.kind = RosterChange::Kind::left;
  change.session = version - 1;
  change.reason = reason;
  return change;
}

/// A server's status at this time.
inline ServerStatus status_at(milliseconds time, std::uint32_t count = 0, std::uint64_t requests = 0) {
  ServerStatus status;
  status.taken = steady_at(time);
  status.started = system_at(milliseconds(0));
  status.count = count;
  status.requests = requests;
  status.reply_time = durations(0, 0, 0);
  status.handler_time = durations(0, 0, 0);
  status.silence = durations(0, 0, 0);
  return status;
}

inline std::shared_ptr<const ServerStatus> shared(ServerStatus status) {
  return std::make_shared<const ServerStatus>(std::move(status));
}

/// A roster of sessions 1 to `size`, each with its number for a name.
inline std::shared_ptr<const ServerRoster> roster_at(milliseconds time, std::uint64_t version, std::uint64_t size) {
  auto roster = std::make_shared<ServerRoster>();
  roster->taken = steady_at(time);
  roster->version = version;
  for (std::uint64_t session = 1; session <= size; ++session) {
    roster->entries.push_back({session, "c" + std::to_string(session), "127.0.0.1:" + std::to_string(1000 + session),
                               system_at(milliseconds(session)), 10 * session, milliseconds(7)});
  }
  return roster;
}

}  // namespace rollcall::http
