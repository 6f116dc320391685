// The roster as ROSTER messages (PROTOCOL.md sections 4.4 and 5): one page of it as it is, or all of it at one version.
// One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/changes.hpp"
#include "core/roster.hpp"

namespace rollcall::core {

struct Page {
  std::uint64_t cursor = 0;   ///< what comes after this session
  std::uint16_t entries = 0;  ///< at most, 1 or more
  bool pushed = false;
};

/// `Time`s are told as milliseconds since 1970, which is `unix_offset` more.
struct Moment {
  Time now{0};
  Time unix_offset{0};
};

/// Appends a page to `out`, and returns the cursor of the next one; 0: this is the last. Where it throws
/// std::bad_alloc, `out` may have a part of it.
std::uint64_t encode_page(const Roster& roster, const Page& page, const Moment& moment, std::string& out);

/// All of a roster, for watchers.
class Snapshot {
 public:
  /// Makes it anew, unless the one that is there may be used still: it is young, and `changes` has all that came since.
  /// All or nothing; views of pages are over.
  void make(const Roster& roster, const Changes& changes, const Moment& moment);

  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::span<const std::string> pages() const noexcept { return pages_; }

 private:
  std::vector<std::string> pages_;
  std::uint64_t version_ = 0;
  std::uint32_t count_ = 0;
  Time made_{0};
};

}  // namespace rollcall::core
