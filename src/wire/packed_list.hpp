// A counted list that stays in its encoded form: items are read out one at a time, so that neither side ever allocates
// by a number that the other one sent. Made by the codec (wire/codec.hpp), which has checked every item.
#pragma once

#include <cstdint>
#include <string_view>

namespace rollcall::wire {

class Reader;

/// Reads the next item and moves `reader` behind it. Defined by the codec for each item type.
template <typename Item>
Item unpack_item(Reader& reader) noexcept;

/// Immutable view; valid as long as the buffer behind it. Safe to read from several threads.
template <typename Item>
class PackedList {
 public:
  PackedList() = default;
  /// `bytes` must hold `size` well-formed items and nothing else.
  PackedList(std::string_view bytes, std::uint16_t size) noexcept : bytes_(bytes), size_(size) {}

  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint16_t size() const noexcept { return size_; }

  /// Calls `visit(const Item&)` for every item in order.
  template <typename Visit>
  void for_each(Visit&& visit) const;

 private:
  std::string_view bytes_;
  std::uint16_t size_ = 0;
};

}  // namespace rollcall::wire

#include "wire/reader.hpp"

namespace rollcall::wire {

template <typename Item>
template <typename Visit>
void PackedList<Item>::for_each(Visit&& visit) const {
  Reader reader(bytes_);
  for (std::uint16_t i = 0; i < size_; ++i) visit(unpack_item<Item>(reader));
}

}  // namespace rollcall::wire
