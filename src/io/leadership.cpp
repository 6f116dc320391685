#include "io/leadership.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "io/clock.hpp"

namespace rollcall::io {
namespace {

std::int64_t clock_ns() { return clock_now().count(); }

}  // namespace

Leadership::Leadership(unsigned threads, std::chrono::nanoseconds patience)
    : patience_(patience), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)), threads_(threads) {
  if (timer_ < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

Leadership::~Leadership() { close(timer_); }

bool Leadership::follow() {
  if (finished_.load()) return false;
  if (!has_leader_.exchange(true)) return true;
  has_deputy_.store(true);
  while (true) {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t got = read(timer_, &expirations, sizeof expirations);
    if (finished_.load()) return false;
    // In this order, and begin() in the other: either it sees that the timer must be set, or the work is seen here.
    armed_.store(false);
    Work work = work_.load();
    if (work == 0) continue;
    const std::chrono::nanoseconds left = patience_ - std::chrono::nanoseconds(clock_ns() - work);
    if (left.count() <= 0) {
      has_deputy_.store(false);
      if (work_.compare_exchange_strong(work, 0)) return true;
      has_deputy_.store(true);
    } else if (!armed_.exchange(true)) {
      arm(left);
    }
  }
}

void Leadership::leave() {
  const std::lock_guard lock(mutex_);
  --threads_;
  changed_.notify_all();
}

Leadership::Work Leadership::begin() noexcept {
  if (!has_deputy_.load(std::memory_order_acquire)) return 0;
  last_work_ = std::max(clock_ns(), last_work_ + 1);  // each has its own number
  work_.store(last_work_);
  if (!armed_.exchange(true)) arm(patience_);
  return last_work_;
}

bool Leadership::end(Work work) noexcept { return work_.compare_exchange_strong(work, 0); }

void Leadership::finish() {
  const std::lock_guard lock(mutex_);
  finished_.store(true);
  arm(std::chrono::nanoseconds{1});
  changed_.notify_all();
}

void Leadership::wait_until_finished() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return finished_.load(); });
}

bool Leadership::wait_until_left(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return threads_ == 0; });
}

void Leadership::arm(std::chrono::nanoseconds time) const noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  itimerspec setting{};
  setting.it_value.tv_sec = time.count() / second;
  setting.it_value.tv_nsec = time.count() % second;
  timerfd_settime(timer_, 0, &setting, nullptr);
}

}  // namespace rollcall::io
