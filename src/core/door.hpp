// Which addresses are held off: those from where too many connections have failed lately.
//
// Each address may fail `burst` times at once, and then as often as its failures are forgiven: `refill_per_second`.
// Nothing is remembered of those that never failed. Beyond addresses_max, the one whose last failure is the longest ago
// is forgotten. An IPv6 address stands for its /64, which is one customer's at least. Peers without an IP address, such
// as those of Unix sockets, are never held off, and neither is the loopback: behind it may be a proxy, and so
// everybody. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "core/limits.hpp"

namespace rollcall::core {

class Door {
 public:
  Door(std::uint32_t burst, std::uint32_t refill_per_second);

  [[nodiscard]] bool lets_in(std::string_view host, Time now) const;
  /// All or nothing.
  void failed(std::string_view host, Time now);

  [[nodiscard]] std::size_t addresses() const noexcept { return by_address_.size(); }

  /// What `host`, an IPv4 or IPv6 address as inet_ntop(3) writes it, counts as; nothing when it is neither.
  [[nodiscard]] static std::optional<std::uint64_t> address_of(std::string_view host) noexcept;

 private:
  struct Entry {
    std::uint64_t address = 0;
    Time forgiven_at{0};  ///< when all its failures are
  };
  using Entries = std::list<Entry>;

  Time forgiveness_;  ///< how long one failure takes
  Time debt_max_;
  Entries entries_;  ///< the latest failure first
  std::unordered_map<std::uint64_t, Entries::iterator> by_address_;
};

}  // namespace rollcall::core
