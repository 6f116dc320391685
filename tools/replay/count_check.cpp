#include "replay/count_check.hpp"

#include <chrono>

namespace rollcall::replay {
namespace {

// A killed client leaves the count in a millisecond or two.
constexpr std::chrono::milliseconds pause{2};

}  // namespace

void CountCheck::begin(std::uint32_t count, core::Time deadline) {
  wanted_ = count;
  deadline_ = deadline;
  next_ = core::Time{0};
  asked_.reset();
  last_.reset();
  if (!doubtful_) last_ = roster_.count();
}

CountCheck::Result CountCheck::step(std::optional<io::ClientSwarm::Id> present, core::Time now) {
  if (last_ == wanted_) {
    doubtful_ = false;
    if (!observer_) return Result::reached;
    // It has to be gone before anything that comes next is counted.
    if (!observer_leaves_) swarm_.leave(*observer_);
    observer_leaves_ = true;
    next_ = deadline_;
  }
  if (now >= deadline_) {
    if (observer_) swarm_.cut(*observer_);
    if (observer_) gone(*observer_);
    return last_ == wanted_ ? Result::reached : Result::late;
  }
  if (!observer_leaves_ && !asked_ && now >= next_) ask(present, now);
  return Result::pending;
}

void CountCheck::ask(std::optional<io::ClientSwarm::Id> present, core::Time now) {
  next_ = now + pause;
  if (observer_ || present) {
    asked_ = observer_ ? observer_ : present;
    swarm_.count(*asked_);
  } else {
    observer_ = asked_ = swarm_.open({});
  }
}

void CountCheck::told(io::ClientSwarm::Id client, std::uint32_t count) noexcept {
  if (asked_ != client) return;
  asked_.reset();
  last_ = owns(client) ? count - 1 : count;
}

void CountCheck::gone(io::ClientSwarm::Id client) noexcept {
  if (asked_ == client) asked_.reset();
  if (!owns(client)) return;
  observer_.reset();
  observer_leaves_ = false;
}

}  // namespace rollcall::replay
