// How many requests a batch may hold: as many as the handler does in batch_time_target, by its measured time, so that
// waking a worker is paid once for many fast requests and a slow handler gets one at a time. One thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/limits.hpp"

namespace rollcall::core {

class BatchSizer {
 public:
  /// `busy` was spent on `jobs` requests.
  void measured(std::chrono::nanoseconds busy, std::size_t jobs) noexcept {
    if (jobs == 0) return;
    const double most = std::chrono::duration<double, std::nano>(handler_sample_max).count();
    const double sample = std::min(static_cast<double>(busy.count()) / static_cast<double>(jobs), most);
    handler_ns_ += (sample - handler_ns_) * weight;
  }

  /// 1 to batch_jobs_max.
  [[nodiscard]] std::size_t jobs_max() const noexcept {
    const double target = std::chrono::duration<double, std::nano>(batch_time_target).count();
    const double fitting = target / std::max(handler_ns_, 1.0);
    return std::clamp<std::size_t>(static_cast<std::size_t>(std::min(fitting, 1e6)), 1, batch_jobs_max);
  }

  /// How long so many requests will take.
  [[nodiscard]] std::chrono::nanoseconds expected(std::size_t jobs) const noexcept {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(handler_ns_ * static_cast<double>(jobs)));
  }

 private:
  static constexpr double weight = 0.125;
  double handler_ns_ = 10'000;  // before anything is known: small batches
};

}  // namespace rollcall::core
