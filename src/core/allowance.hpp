// How much may be taken in a second: what is left of it, with time as an argument. A plain value; one thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/limits.hpp"

namespace rollcall::core {

class Allowance {
 public:
  /// True when a second's `most` has room for `cost` more. The second begins with what is taken first.
  [[nodiscard]] bool has(std::uint32_t cost, std::uint32_t most, Time now) noexcept {
    if (now - since_ >= std::chrono::seconds{1}) {
      since_ = now;
      taken_ = 0;
    }
    return most - taken_ >= cost;
  }
  /// What has() has found room for.
  void take(std::uint32_t cost) noexcept { taken_ += cost; }

 private:
  Time since_{-std::chrono::seconds{1}};
  std::uint32_t taken_ = 0;
};

}  // namespace rollcall::core
