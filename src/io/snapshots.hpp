// What the server's loop tells of itself when it is asked: plain values, made in one turn.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/server_core.hpp"
#include "io/auditor.hpp"

namespace rollcall::io {

struct StatusSnapshot {
  std::chrono::steady_clock::time_point taken;
  bool draining = false;
  std::uint32_t count = 0;
  std::uint64_t version = 0;
  /// Joins and leaves after the version that was known to who asked, or as many of them as are kept.
  std::vector<core::Change> changes;
  core::Counters counters;
  std::size_t watchers = 0;
  std::size_t unanswered = 0;
  std::size_t unanswered_bytes = 0;
  std::size_t unread_bytes = 0;
  std::size_t workers = 0;
  std::size_t workers_busy = 0;
  std::size_t workers_hung = 0;
  Presence presence;
  std::optional<std::int64_t> presence_drift;  ///< of the last audit
};

struct RosterSnapshot {
  std::chrono::steady_clock::time_point taken;
  std::uint64_t version = 0;
  struct Entry {
    std::uint64_t session = 0;
    std::shared_ptr<const std::string> name;
    core::Address address;
    core::Time joined{0};  ///< by std::chrono::steady_clock, like the next one
    core::Time last_seen{0};
    std::uint64_t requests = 0;
  };
  std::vector<Entry> entries;  ///< by session, rising
};

}  // namespace rollcall::io
