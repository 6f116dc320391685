// Where the sampler leaves what it finds out, and requests find it. Any thread; nobody holds it for longer than it
// takes to write one response.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "server/http/view.hpp"

namespace rollcall::http {

class Board {
 public:
  template <typename Reader>
  auto read(Reader&& reader) const {
    const std::lock_guard lock(mutex_);
    return std::forward<Reader>(reader)(view_);
  }
  template <typename Writer>
  void write(Writer&& writer) {
    const std::lock_guard lock(mutex_);
    std::forward<Writer>(writer)(view_);
  }

  /// Wakes the sampler for a roster.
  void want_roster() {
    const std::lock_guard lock(mutex_);
    roster_wanted_ = true;
    changed_.notify_all();
  }
  /// Ends the sampler.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  enum class Wish { nothing, roster, end };
  /// Waits until something is wished for, or the time has come.
  [[nodiscard]] Wish wait_until(std::chrono::steady_clock::time_point time) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, time, [&] { return roster_wanted_ || closed_; });
    if (closed_) return Wish::end;
    return std::exchange(roster_wanted_, false) ? Wish::roster : Wish::nothing;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  View view_;
  bool roster_wanted_ = false;
  bool closed_ = false;
};

}  // namespace rollcall::http
