// Which connection has to be done with what it does by when. The HTTP library counts only silence, so that a peer which
// sends a byte now and then would stay for good. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <unordered_map>

namespace rollcall::http {

class Deadlines {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The connection with this descriptor began the next thing that it has request_time_max for.
  void begin(int fd, Time now) noexcept;
  /// Before the descriptor is closed.
  void forget(int fd) noexcept;
  /// Shuts down whatever is over its time; the library then finds it ended.
  void cut(Time now);

 private:
  std::mutex mutex_;
  std::unordered_map<int, Time> due_;
};

}  // namespace rollcall::http
