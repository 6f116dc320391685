// The line between a worker and the loop in a batch that they share: the worker begins jobs one after another, the loop
// can take back those that are not begun. Both are one atomic word: how many jobs are begun, and how many there are.
//
// What the loop wrote before lend() is seen by the worker in begin(); what the worker wrote into all jobs but the last
// begun one is seen by the loop after take_back(), and into all of them after has_ended().
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace rollcall::io {

class BatchCursor {
 public:
  /// Loop: a batch of `jobs` is about to be handed over.
  void lend(std::uint32_t jobs) noexcept { state_.store(pack(0, jobs), std::memory_order_release); }

  /// Worker: the number of the job to run now; nothing when there is none left.
  std::optional<std::uint32_t> begin() noexcept {
    std::uint64_t state = state_.load(std::memory_order_acquire);
    while (begun(state) < jobs(state)) {
      if (state_.compare_exchange_weak(state, pack(begun(state) + 1, jobs(state)), std::memory_order_acq_rel)) {
        return begun(state);
      }
    }
    return std::nullopt;
  }
  /// Worker: everything that was begun is finished.
  void end() noexcept { ended_.fetch_add(1, std::memory_order_release); }

  /// Loop: leaves the worker what it has begun, and returns how many jobs that are.
  std::uint32_t take_back() noexcept {
    std::uint64_t state = state_.load(std::memory_order_acquire);
    while (!state_.compare_exchange_weak(state, pack(begun(state), begun(state)), std::memory_order_acq_rel)) {
    }
    return begun(state);
  }
  /// Loop: call once for each batch whose end the worker has reported.
  [[nodiscard]] bool has_ended() noexcept { return ended_.load(std::memory_order_acquire) == ++lent_; }

 private:
  static constexpr std::uint64_t pack(std::uint32_t begun, std::uint32_t jobs) noexcept {
    return (static_cast<std::uint64_t>(jobs) << 32U) | begun;
  }
  static constexpr std::uint32_t begun(std::uint64_t state) noexcept { return static_cast<std::uint32_t>(state); }
  static constexpr std::uint32_t jobs(std::uint64_t state) noexcept { return static_cast<std::uint32_t>(state >> 32U); }

  std::atomic<std::uint64_t> state_{0};
  std::atomic<std::uint64_t> ended_{0};
  std::uint64_t lent_ = 0;  ///< the loop's
};

}  // namespace rollcall::io
