// The pages of a roster, put together as they come (PROTOCOL.md section 4.4): by rising session, each page beginning
// above the end of the one before. One thread. Where add() throws, begin anew.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/client_effects.hpp"

namespace rollcall::core {

/// What a server may make a client hold: a hundred times as many clients as it has by default, with names and addresses
/// of usual length.
inline constexpr std::size_t roster_entries_max = 1'000'000;
inline constexpr std::size_t roster_bytes_max = std::size_t{256} << 20U;
inline constexpr const char* roster_too_large = "the server's roster is larger than this client can hold";

class PageCollector {
 public:
  enum class Added : std::uint8_t {
    more,       ///< and there are more pages
    last,       ///< it was the last one: take()
    broken,     ///< it does not follow the one before
    too_large,  ///< the roster is beyond the bounds
  };
  Added add(const wire::Roster& page);

  /// The last session so far, which is the next page's cursor; 0: none.
  [[nodiscard]] std::uint64_t cursor() const noexcept { return last_; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// What has come, which is then no longer here.
  [[nodiscard]] std::vector<ClientRosterEntry> take() noexcept {
    auto entries = std::move(entries_);
    clear();
    return entries;
  }
  void clear() noexcept;

 private:
  std::vector<ClientRosterEntry> entries_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
};

}  // namespace rollcall::core
