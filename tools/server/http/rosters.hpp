// The rosters of the last seconds, so that who reads one page by page reads of one moment. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>

#include "rollcall/status.hpp"

namespace rollcall::http {

class Rosters {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The newest one; in the place of one of the same version.
  void add(std::shared_ptr<const ServerRoster> roster);
  /// Forgets those that are too old.
  void prune(Time now);

  /// The newest one, where it is no older than `age_max`; otherwise null.
  [[nodiscard]] std::shared_ptr<const ServerRoster> newest(Time now, std::chrono::milliseconds age_max) const;
  /// The one of this version; null when it is not kept any more.
  [[nodiscard]] std::shared_ptr<const ServerRoster> of_version(std::uint64_t version, Time now) const;

 private:
  std::deque<std::shared_ptr<const ServerRoster>> rosters_;  ///< oldest first
};

}  // namespace rollcall::http
