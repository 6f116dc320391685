// Which of two threads runs the loop (the Leader/Followers pattern). The leader may so run short work itself, without
// waking anybody; when that work turns out to be slow, the other thread, the deputy, leads from then on, and the loop
// was held up for `patience` and the time that the kernel needs to run a thread.
//
//   while (leadership.follow()) { ... leads, until it is over or end() returns false ... }
//
// A thread that was held up touches nothing of the loop any more when it comes back; in follow() it is the deputy
// again. As long as there is none, begin() refuses.
//
// What the leader wrote before begin() is seen by the deputy that takes over. finish() and the waits: any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace rollcall::io {

class Leadership {
 public:
  /// `threads`: how many will call follow().
  Leadership(unsigned threads, std::chrono::nanoseconds patience);
  ~Leadership();
  Leadership(const Leadership&) = delete;
  Leadership& operator=(const Leadership&) = delete;

  /// Waits until the caller has to lead. False: it is over.
  bool follow();
  /// Says that the calling thread will not call follow() again.
  void leave();

  /// A piece of work that the leader runs itself; 0: it may not, since nobody could take over.
  using Work = std::int64_t;
  [[nodiscard]] Work begin() noexcept;
  /// False: the caller leads no longer.
  [[nodiscard]] bool end(Work work) noexcept;

  /// Ends it: follow() returns false, in all threads.
  void finish();
  void wait_until_finished();
  /// Waits until every thread has left, for up to `time`. False: one is still held up.
  bool wait_until_left(std::chrono::milliseconds time);

 private:
  void arm(std::chrono::nanoseconds time) const noexcept;

  const std::chrono::nanoseconds patience_;
  const int timer_;  ///< timerfd(2), for the deputy to sleep on
  std::atomic<bool> has_leader_{false};
  std::atomic<bool> has_deputy_{false};
  std::atomic<bool> armed_{false};  ///< the timer is running
  std::atomic<Work> work_{0};       ///< when the work began that the leader runs; 0: none
  Work last_work_ = 0;              ///< the leader's
  std::atomic<bool> finished_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned threads_;  ///< that have not left; guarded by mutex_
};

}  // namespace rollcall::io
