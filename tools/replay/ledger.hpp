// Keeps the sample of the interval that runs, and hands each one over when it is complete. One thread.
#pragma once

#include <chrono>
#include <utility>

#include "core/events.hpp"
#include "replay/roster_view.hpp"
#include "replay/sample.hpp"

namespace rollcall::replay {

class Ledger {
 public:
  static constexpr std::chrono::seconds interval{1};

  Ledger(OnSample on_sample, core::Time start) : on_sample_(std::move(on_sample)), start_(start), from_(start) {}

  [[nodiscard]] Sample& sample() noexcept { return sample_; }
  [[nodiscard]] core::Time next_tick() const noexcept { return from_ + interval; }
  /// Hands over what is complete at `now`.
  void tick(core::Time now, const RosterView& roster) {
    while (now >= next_tick()) hand_over(next_tick(), roster);
  }
  /// Hands over the rest.
  void finish(core::Time now, const RosterView& roster) {
    tick(now, roster);
    hand_over(now, roster);
  }

 private:
  void hand_over(core::Time to, const RosterView& roster) {
    sample_.count = roster.count();
    sample_.version = roster.version();
    const auto seconds = [](core::Time time) { return std::chrono::duration<double>(time).count(); };
    on_sample_(sample_, seconds(from_ - start_), seconds(to - from_));
    sample_ = {};
    from_ = to;
  }

  OnSample on_sample_;
  core::Time start_;
  core::Time from_;
  Sample sample_;
};

}  // namespace rollcall::replay
