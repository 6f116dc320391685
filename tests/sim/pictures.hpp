// The picture that each watcher has of the roster, by what it was told, against the roster as it was at each version
// (PROTOCOL.md section 4.4). What happened is read off what the core says for a recording. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/events.hpp"
#include "wire/messages.hpp"

namespace rollcall::sim {

/// A WATCH that the server has to obey.
struct WatchOrder {
  std::uint32_t routing_id = 0;
  bool stop = false;
  std::uint64_t from = 0;
};

class Pictures {
 public:
  void ordered(const WatchOrder& order, core::Time now);
  /// A join or a leave.
  void happened(const core::Record& record);
  /// True for what is pushed to watchers.
  static bool is_pushed(std::string_view part);
  void told(std::uint32_t routing_id, std::string_view part, core::Time now);
  /// A turn has ended: who has room was told everything.
  void turn_over(core::Time now);
  /// Nothing is left to do: so nobody waits to begin.
  void at_rest() const;
  /// When the core has to do something for a watcher by itself, at the latest.
  [[nodiscard]] std::optional<core::Time> due() const;
  /// How many changes were told, and snapshots.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  [[nodiscard]] std::uint64_t snapshots() const { return snapshots_; }

 private:
  struct Past {
    wire::EventKind kind{};
    wire::LeaveReason reason{};
    std::uint64_t session = 0;
    std::uint32_t count = 0;
    std::string name;
    std::string address;
  };
  using Roster = std::map<std::uint64_t, std::string>;  ///< addresses, by session
  struct Watcher {
    bool begins = true;
    std::vector<std::uint64_t> from;  ///< where it begins; several: it may have begun, without a word
    bool may_have_begun = false;
    core::Time begins_by{0};
    std::optional<core::Time> began;  ///< or may have, without a word
    std::optional<core::Time> reset_at;
    std::uint64_t told = 0;
    std::uint64_t acknowledged = 0;
    Roster picture;
    std::optional<std::uint64_t> pages_of;  ///< a snapshot of this version is under way
    std::uint32_t pages_count = 0;
    [[nodiscard]] bool has_room() const { return told - acknowledged < core::unacknowledged_changes_max; }
  };

  void begin(Watcher& watcher, std::uint64_t from, core::Time now);
  void told_reset(Watcher& watcher, const wire::Event& event, core::Time now);
  void told_page(Watcher& watcher, const wire::Roster& page);
  void told_change(Watcher& watcher, const wire::Event& event);
  [[nodiscard]] std::uint64_t newest() const { return past_.size(); }
  /// It goes on where it was, and there is nothing to tell.
  [[nodiscard]] bool begins_without_a_word(const Watcher& watcher) const;
  [[nodiscard]] bool is_kept(std::uint64_t version) const;
  [[nodiscard]] Roster roster_at(std::uint64_t version) const;

  std::vector<Past> past_;  ///< by version, from 1
  Roster roster_;
  std::map<std::uint32_t, std::uint64_t> sessions_;  ///< by routing id
  std::map<std::uint32_t, Watcher> watchers_;
  std::optional<core::Time> last_snapshot_;
  std::uint64_t joins_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t snapshots_ = 0;
};

}  // namespace rollcall::sim
