// Who has joins and leaves pushed, and how far each of them is (PROTOCOL.md section 4.4).
//
// A watcher is told `unacknowledged_max` changes beyond the last one that it has said it knows; whoever falls further
// behind than the changes that are kept gets a snapshot. Beginning costs more than being told, so a session may begin
// again only a second later, and one snapshot is sent at a time. Made at once: nothing of it fails later. One thread;
// pointers stay valid until the next add() or remove().
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/limits.hpp"

namespace rollcall::core {

struct Watcher {
  std::uint32_t routing_id = 0;
  bool begins = true;              ///< and has been told nothing yet: from `told` on, or with a snapshot
  std::uint64_t told = 0;          ///< the version of the last change it was told; 0: it has nothing
  std::uint64_t acknowledged = 0;  ///< the version of the last one that it said it knows
  Time begins_at{0};

  [[nodiscard]] bool may_be_told(std::uint64_t version) const noexcept {
    return !begins && told + 1 == version && told - acknowledged < unacknowledged_changes_max;
  }
};

class Watchers {
 public:
  Watchers() { all_.reserve(watchers_max); }

  [[nodiscard]] bool are_full() const noexcept { return all_.size() >= watchers_max; }
  [[nodiscard]] Watcher* find(std::uint32_t routing_id) noexcept;
  /// There must be room.
  Watcher& add(std::uint32_t routing_id);
  void remove(std::uint32_t routing_id) noexcept;

  /// One that begins, and whose time has come; null: there is none.
  [[nodiscard]] Watcher* due(Time now) noexcept;
  /// When due() has one; nothing when none begins.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  /// A snapshot was sent: the next one comes later.
  void sent_snapshot(Time now) noexcept { next_snapshot_ = now + snapshot_pause; }
  /// The version of the first change that somebody may be told; nothing when nobody may be told one up to `newest`.
  [[nodiscard]] std::optional<std::uint64_t> first_to_tell(std::uint64_t newest) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] auto begin() noexcept { return all_.begin(); }
  [[nodiscard]] auto end() noexcept { return all_.end(); }

 private:
  [[nodiscard]] Time time_of(const Watcher& watcher) const noexcept;

  std::vector<Watcher> all_;
  Time next_snapshot_{0};
};

}  // namespace rollcall::core
