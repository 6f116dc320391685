// Gives memory back to the system that libzmq freed when connections ended that had much of it. The C library keeps
// what was freed in small pieces, or in a thread that is not the one that took it. One thread; time is an argument.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/limits.hpp"

namespace rollcall::io {

class MemoryReturn {
 public:
  /// A connection is about to end, or has ended, or libzmq has not cleaned up yet.
  void plan(core::Time now) noexcept {
    if (!due_) due_ = std::max(now + end_most, done_ + pause);
  }
  [[nodiscard]] std::optional<core::Time> due() const noexcept { return due_; }
  /// Does it when it is due, and says whether it did; that takes some milliseconds where there is much.
  bool run(core::Time now) noexcept {
    if (!due_ || now < *due_) return false;
    due_.reset();
    done_ = now;
    malloc_trim(0);
    return true;
  }

 private:
  static constexpr std::chrono::milliseconds end_most{500};  ///< for libzmq to clean up
  static constexpr std::chrono::seconds pause{5};

  std::optional<core::Time> due_;
  core::Time done_{0};
};

}  // namespace rollcall::io
