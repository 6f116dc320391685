// A server's recording (--record): a script that does again what happened (proto/SCRIPT.md).
//
// happened() only copies bytes into a bounded buffer; a thread of its own with low priority makes lines of them and
// writes them, several times a second. What it is too slow for is left out, and said so in the file and on stderr
// (step_buffer.hpp). When the file can't be written, that is said once, and the server goes on without recording.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "common/recording_file.hpp"
#include "server/step_buffer.hpp"
#include "server/transcript.hpp"

namespace rollcall::tools {

class Recording {
 public:
  struct Options {
    std::string file;
    bool force = false;  ///< replaces a file that exists
    std::size_t buffer_bytes = std::size_t{64} << 20U;
    std::function<void(const std::string&)> complain;  ///< for people; called in the recording's thread or close()'s
  };

  /// Begins. Throws Error(config) when the file can't be created.
  explicit Recording(Options options);
  /// Closes.
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// Never waits. One thread at a time, and not after close().
  void happened(const RecordedStep& step) noexcept {
    if (!failed_.load(std::memory_order_relaxed)) buffer_.put(step);
  }
  /// Writes what is missing: everybody who is still here leaves.
  void close();

 private:
  void run();
  /// Writes everything that is in the buffer.
  /// True: nothing was left. Stops at `end`.
  bool write_steps(std::chrono::steady_clock::time_point end);
  void write_lines();

  Options options_;
  RecordingFile file_;
  StepBuffer buffer_;
  Transcript transcript_;
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable closing_;
  bool closed_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace rollcall::tools
