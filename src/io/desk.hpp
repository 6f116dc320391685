// A value that one thread makes when others ask for it: a desk at which they wait.
//
// The maker looks once a turn whether anybody has asked, and never waits for those who did: it holds the lock to put a
// pointer in its place, and no longer. Everybody who waits gets the same value, and one that is young enough is given
// without asking again. ask(): any thread. The rest: the maker's. Must outlive all who ask.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "io/wakeup.hpp"

namespace rollcall::io {

/// `Value::taken` says when it was so.
template <typename Value>
class Desk {
 public:
  using Clock = std::chrono::steady_clock;
  using Given = std::shared_ptr<const Value>;

  /// `wakeup` wakes the maker.
  explicit Desk(const Wakeup& wakeup) : wakeup_(wakeup) {}

  /// A value that is no older than `age_max`; the latest one, or null, when `patience` is over before there is one, or
  /// the desk is not open.
  Given ask(std::chrono::nanoseconds age_max, std::chrono::nanoseconds patience) {
    const auto begin = Clock::now();
    std::unique_lock lock(mutex_);
    const auto is_answered = [&] { return !open_ || (latest_ && latest_->taken >= begin - age_max); };
    if (is_answered()) return latest_;
    // Whoever finds it set is served, too: it is taken back before the value is made.
    if (!asked_.exchange(true)) wakeup_.signal();
    changed_.wait_until(lock, begin + patience, is_answered);
    return latest_;
  }

  [[nodiscard]] bool is_asked() const noexcept { return asked_.load(std::memory_order_relaxed); }
  /// True when a value is wanted: the caller makes it now, with a `taken` that comes after this.
  [[nodiscard]] bool take_request() noexcept { return is_asked() && asked_.exchange(false); }
  void put(Given value) {
    {
      const std::lock_guard lock(mutex_);
      latest_.swap(value);
    }
    changed_.notify_all();
  }
  /// From now on there is somebody who makes values; or nobody, and what was put last is given at once.
  void open() { set_open(true); }
  void close() { set_open(false); }

 private:
  void set_open(bool open) {
    {
      const std::lock_guard lock(mutex_);
      open_ = open;
    }
    changed_.notify_all();
  }

  const Wakeup& wakeup_;
  std::atomic<bool> asked_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  Given latest_;  ///< guarded by mutex_, as is the next one
  bool open_ = false;
};

}  // namespace rollcall::io
