// When each step of a script is due: speed, cut silences, rounds of repeat. One thread, no clock.
//
// Script time runs from 0 at the start of each play; due() are absolute moments counted from the start of the run, so
// that nothing drifts: a step that was late makes no later one late.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/events.hpp"
#include "replay/script.hpp"

namespace rollcall::replay {

class Timeline {
 public:
  struct Options {
    double speed = 1;                    ///< 0: as fast as it goes, whatever `at` and `think` say
    std::optional<Duration> wait_max{};  ///< no silence between two steps with `at` is longer (script time)
  };
  /// The steps of one play, in the order of the file; nothing at the end.
  using Source = std::function<std::optional<Step>()>;

  explicit Timeline(const Options& options) : options_(options) {}

  /// Begins a play at `now`.
  void start(Source source, core::Time now);

  struct Due {
    Step step;                ///< anything but repeat, whose steps come instead
    core::Time time{0};       ///< not before this; the past where the step has no time of its own
    bool timed = false;       ///< `time` is the step's own
    std::uint32_t round = 1;  ///< of the innermost repeat, from 1
  };
  /// The next step, which stays the next one until take(); nothing at the end. A step without a time is due at once.
  const Due* next(core::Time now);
  Due take();

  /// Script time as time: by the speed.
  [[nodiscard]] core::Time scaled(Duration time) const noexcept;

 private:
  /// The times of a play, or of a round of repeat.
  struct Clock {
    core::Time began{0};
    Duration cut{0};      ///< script time that was left out
    Duration last_at{0};  ///< of the last step with `at`
    std::optional<core::Time> last_due{};

    /// The next round begins where the last step with a time left off, so that rounds don't drift either.
    [[nodiscard]] Clock again(core::Time now) const { return {last_due.value_or(now)}; }
  };
  struct Frame {
    Step repeat;
    std::uint32_t round;
    std::size_t index;
    Clock clock;
  };

  [[nodiscard]] std::optional<Step> fetch(core::Time now);
  [[nodiscard]] Clock& clock() noexcept { return frames_.empty() ? clock_ : frames_.back().clock; }
  [[nodiscard]] core::Time due(const Step& step);

  Options options_;
  Source source_;
  Clock clock_;
  std::vector<Frame> frames_;
  std::optional<Due> next_;
};

}  // namespace rollcall::replay
