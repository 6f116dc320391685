#include "replay/timeline.hpp"

#include <utility>

namespace rollcall::replay {

void Timeline::start(Source source, core::Time now) {
  source_ = std::move(source);
  clock_ = {now};
  frames_.clear();
  next_.reset();
}

core::Time Timeline::scaled(Duration time) const noexcept {
  if (options_.speed <= 0) return core::Time{0};
  return core::Time(static_cast<std::int64_t>(static_cast<double>(time.count()) / options_.speed));
}

const Timeline::Due* Timeline::next(core::Time now) {
  if (!next_) {
    auto step = fetch(now);
    if (!step) return nullptr;
    Due next;
    next.timed = step->at.has_value() && options_.speed > 0;
    next.time = next.timed ? due(*step) : core::Time{0};
    next.round = frames_.empty() ? 1 : frames_.back().round;
    next.step = std::move(*step);
    next_ = std::move(next);
  }
  return &*next_;
}

Timeline::Due Timeline::take() {
  Due due = std::move(*next_);
  next_.reset();
  return due;
}

std::optional<Step> Timeline::fetch(core::Time now) {
  while (true) {
    std::optional<Step> step;
    if (frames_.empty()) {
      step = source_();
    } else {
      Frame& frame = frames_.back();
      if (frame.index == frame.repeat.steps.size()) {
        if (frame.round == frame.repeat.times) {
          const auto last_due = frame.clock.last_due;
          frames_.pop_back();
          if (last_due) clock().last_due = last_due;
        } else {
          ++frame.round;
          frame.index = 0;
          frame.clock = frame.clock.again(now);
        }
        continue;
      }
      step = frame.repeat.steps[frame.index++];
    }
    if (!step || step->kind != Step::Kind::repeat) return step;
    const Clock began = clock().again(now);
    if (step->times > 0) frames_.push_back({std::move(*step), 1, 0, began});
  }
}

core::Time Timeline::due(const Step& step) {
  Clock& clock = this->clock();
  const Duration silence = *step.at - clock.last_at;
  if (options_.wait_max && silence > *options_.wait_max) clock.cut += silence - *options_.wait_max;
  clock.last_at = *step.at;
  clock.last_due = clock.began + scaled(*step.at - clock.cut);
  return *clock.last_due;
}

}  // namespace rollcall::replay
