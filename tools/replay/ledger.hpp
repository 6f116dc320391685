// Keeps the sample of the interval that runs, and hands each one over when it is complete. One thread.
#pragma once

#include <chrono>
#include <functional>

#include "core/events.hpp"
#include "replay/roster_view.hpp"
#include "replay/sample.hpp"

namespace rollcall::replay {

/// A complete interval: its sample, where it began, counted from the start of the run, and how long it was.
using Emit = std::function<void(const Sample&, double from_s, double interval_s)>;

class Ledger {
 public:
  static constexpr std::chrono::seconds interval{1};

  Ledger(Emit emit, core::Time start) : emit_(std::move(emit)), start_(start), from_(start) {}

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
    emit_(sample_, seconds(from_ - start_), seconds(to - from_));
    sample_ = {};
    from_ = to;
  }

  Emit emit_;
  core::Time start_;
  core::Time from_;
  Sample sample_;
};

}  // namespace rollcall::replay
