// A queue of bytes between two threads, one that puts and one that takes, without locks: neither waits for the other.
// What is put becomes visible to the other thread with publish(), what is taken becomes room with release().
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace rollcall::tools {

class ByteRing {
 public:
  /// `capacity` is rounded up to a power of two.
  explicit ByteRing(std::size_t capacity)
      : capacity_(std::bit_ceil(capacity)), bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity_)) {}

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  // The thread that puts.

  [[nodiscard]] std::size_t used() const noexcept {
    return static_cast<std::size_t>(put_ - released_.load(std::memory_order_acquire));
  }
  /// There must be room.
  void put(const void* data, std::size_t size) noexcept {
    if (size == 0) return;
    const auto at = static_cast<std::size_t>(put_) & (capacity_ - 1);
    const std::size_t first = std::min(size, capacity_ - at);
    std::memcpy(bytes_.get() + at, data, first);
    if (first < size) std::memcpy(bytes_.get(), static_cast<const std::byte*>(data) + first, size - first);
    put_ += size;
  }
  void publish() noexcept { published_.store(put_, std::memory_order_release); }

  // The thread that takes.

  [[nodiscard]] bool empty() const noexcept { return published_.load(std::memory_order_acquire) == taken_; }
  /// As many must be there.
  void take(void* data, std::size_t size) noexcept {
    if (size == 0) return;
    const auto at = static_cast<std::size_t>(taken_) & (capacity_ - 1);
    const std::size_t first = std::min(size, capacity_ - at);
    std::memcpy(data, bytes_.get() + at, first);
    if (first < size) std::memcpy(static_cast<std::byte*>(data) + first, bytes_.get(), size - first);
    taken_ += size;
  }
  void release() noexcept { released_.store(taken_, std::memory_order_release); }

 private:
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> bytes_;
  std::uint64_t put_ = 0;  ///< so far; like the others, never wraps
  std::uint64_t taken_ = 0;
  alignas(64) std::atomic<std::uint64_t> published_{0};
  alignas(64) std::atomic<std::uint64_t> released_{0};
};

}  // namespace rollcall::tools
