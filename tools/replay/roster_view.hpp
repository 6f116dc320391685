// What the server has told of its roster: the newest version, and the count at it. One thread.
#pragma once

#include <cstdint>
#include <optional>

namespace rollcall::replay {

class RosterView {
 public:
  void told(std::uint32_t count, std::uint64_t version) noexcept {
    if (count_ && version < version_) return;
    count_ = count;
    version_ = version;
  }
  /// Another server, or another life of it: its versions begin anew.
  void forget() noexcept { count_.reset(); }
  [[nodiscard]] std::optional<std::uint32_t> count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

 private:
  std::optional<std::uint32_t> count_;
  std::uint64_t version_ = 0;
};

}  // namespace rollcall::replay
