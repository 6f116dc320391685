#include "core/door.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

namespace rollcall::core {
namespace {

constexpr std::size_t groups_of_prefix = 4;  // of 16 bits: a /64
constexpr std::size_t groups_of_address = 8;
// IPv4 addresses stand among prefixes that IPv6 has reserved (0000::/8).
constexpr std::uint64_t ipv4_space = std::uint64_t{1} << 32U;

std::optional<std::uint64_t> ipv4(std::string_view text) noexcept {
  std::uint64_t address = 0;
  for (int part = 0; part < 4; ++part) {
    std::uint8_t byte = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), byte);
    if (error != std::errc{}) return std::nullopt;
    address = address << 8U | byte;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part < 3 && !text.starts_with('.')) return std::nullopt;
    if (part < 3) text.remove_prefix(1);
  }
  return text.empty() ? std::optional(ipv4_space | address) : std::nullopt;
}

/// The 16-bit groups of `text` up to "::" or its end, which is where `text` begins afterwards.
std::size_t read_groups(std::string_view& text, std::array<std::uint16_t, groups_of_address>& groups) noexcept {
  std::size_t count = 0;
  while (count < groups.size() && !text.empty() && !text.starts_with("::")) {
    if (count > 0 && text.starts_with(':')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), groups[count], 16);
    if (error != std::errc{}) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    ++count;
  }
  return count;
}

/// 127.0.0.0/8, and what ::1 is among.
bool is_loopback(std::uint64_t address) noexcept {
  constexpr unsigned host_bits = 24;
  constexpr std::uint64_t network = 127;
  return address == 0 || address >> host_bits == (ipv4_space >> host_bits | network);
}

std::optional<std::uint64_t> ipv6_prefix(std::string_view text) noexcept {
  std::array<std::uint16_t, groups_of_address> groups{};
  std::array<std::uint16_t, groups_of_address> last{};
  const std::size_t count = read_groups(text, groups);
  if (count < groups_of_address) {
    if (!text.starts_with("::")) return std::nullopt;
    text.remove_prefix(2);
    const std::size_t last_count = read_groups(text, last);
    if (count + last_count >= groups_of_address) return std::nullopt;
    std::copy_n(last.begin(), last_count, groups.end() - static_cast<std::ptrdiff_t>(last_count));
  }
  if (!text.empty()) return std::nullopt;
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < groups_of_prefix; ++i) prefix = prefix << 16U | groups[i];
  return prefix;
}

}  // namespace

std::optional<std::uint64_t> Door::address_of(std::string_view host) noexcept {
  constexpr std::string_view mapped = "::ffff:";
  if (host.find('.') == std::string_view::npos) {
    return host.find(':') == std::string_view::npos ? std::nullopt : ipv6_prefix(host);
  }
  if (host.starts_with(mapped)) host.remove_prefix(mapped.size());
  return ipv4(host);
}

Door::Door(std::uint32_t burst, std::uint32_t refill_per_second)
    : forgiveness_(std::chrono::nanoseconds(std::chrono::seconds(1)) / refill_per_second),
      debt_max_(forgiveness_ * burst) {
  assert(burst >= 1);
}

bool Door::lets_in(std::string_view host, Time now) const {
  if (entries_.empty()) return true;
  const auto address = address_of(host);
  const auto found = address ? by_address_.find(*address) : by_address_.end();
  return found == by_address_.end() || found->second->forgiven_at - now <= debt_max_ - forgiveness_;
}

void Door::failed(std::string_view host, Time now) {
  const auto address = address_of(host);
  if (!address || is_loopback(*address)) return;
  auto found = by_address_.find(*address);
  if (found == by_address_.end()) {
    Entries added{{*address, now}};
    found = by_address_.emplace(*address, added.begin()).first;
    // From here on nothing fails.
    if (entries_.size() >= door_addresses_max) {
      by_address_.erase(entries_.back().address);
      entries_.pop_back();
    }
    entries_.splice(entries_.begin(), added);
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  Time& forgiven_at = found->second->forgiven_at;
  forgiven_at = std::min(std::max(forgiven_at, now) + forgiveness_, now + debt_max_);
}

}  // namespace rollcall::core
