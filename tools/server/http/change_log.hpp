// The last joins and leaves, by the roster's version, collected from one status after the other. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "rollcall/status.hpp"

namespace rollcall::http {

class ChangeLog {
 public:
  /// The next status, which was asked for the changes after version().
  void add(const ServerStatus& status);
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

  struct Part {
    bool reset = false;  ///< not all of them are known any more, or the version is none of this server's
    std::vector<const RosterChange*> changes;  ///< oldest first; until the next add()
  };
  /// The changes after this version, the first `most` of them.
  [[nodiscard]] Part after(std::uint64_t version, std::size_t most) const;
  [[nodiscard]] Part latest(std::size_t most) const;

 private:
  std::deque<RosterChange> changes_;  ///< without a gap, up to version_
  std::uint64_t version_ = 0;
};

}  // namespace rollcall::http
