// The last joins and leaves, for those who follow them. Made at once, so that nothing of it fails later. One thread;
// references stay valid until the next add().
#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/events.hpp"
#include "core/limits.hpp"

namespace rollcall::core {

/// An address as people read it, such as "127.0.0.1:52634", "[::1]:52634" or "ipc:4711"; cut where it is longer than
/// any IP address.
class AddressText {
 public:
  AddressText() = default;
  explicit AddressText(const Address& address) noexcept;
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  void append(std::string_view text) noexcept;

  std::array<char, 79> text_{};
  std::uint8_t size_ = 0;
};

struct Change {
  wire::EventKind kind = wire::EventKind::joined;  ///< or left
  wire::LeaveReason reason = wire::LeaveReason::none;
  std::uint32_t count = 0;    ///< of the roster after it
  std::uint64_t version = 0;  ///< the same
  std::uint64_t session = 0;
  std::shared_ptr<const std::string> name;
  AddressText address;
  Time time{0};
};

class Changes {
 public:
  Changes() : ring_(changes_kept) {}

  /// Its version is one above the newest.
  void add(Change change) noexcept {
    assert(change.version == newest_ + 1);
    newest_ = change.version;
    ring_[newest_ % changes_kept] = std::move(change);
  }
  /// That of the last change; 0: there was none.
  [[nodiscard]] std::uint64_t newest() const noexcept { return newest_; }
  /// True when every change after `version`, which is one that there was, is still here.
  [[nodiscard]] bool has_all_after(std::uint64_t version) const noexcept {
    return version <= newest_ && newest_ - version <= changes_kept;
  }
  /// The change that made the roster `version`, which must be here.
  [[nodiscard]] const Change& at(std::uint64_t version) const noexcept {
    assert(version > 0 && has_all_after(version - 1));
    return ring_[version % changes_kept];
  }

 private:
  std::vector<Change> ring_;  ///< by version, modulo its size
  std::uint64_t newest_ = 0;
};

}  // namespace rollcall::core
