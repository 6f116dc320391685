#include "server/recording.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <utility>

namespace rollcall::tools {
namespace {

// How long the file may lag behind: far below the second that people are promised, and far above what waking costs.
constexpr std::chrono::milliseconds rest{50};
// Where every core is in use, this thread works for a millisecond in 25: what it is too slow for is left out, and the
// server keeps its pace.
constexpr std::chrono::milliseconds turn{1};
constexpr std::chrono::milliseconds rest_when_crowded{24};
constexpr unsigned steps_between_looks = 64;
constexpr std::size_t write_bytes = std::size_t{1} << 18U;

/// How often somebody else took the core of this thread while it had work.
long times_pushed_aside() noexcept {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

std::string title() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("recorded by rollcall-server {}, {:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", ROLLCALL_VERSION,
                     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace

Recording::Recording(Options options)
    : options_(std::move(options)),
      file_(options_.file, options_.force),
      buffer_(options_.buffer_bytes),
      transcript_(title()),
      thread_(&Recording::run, this) {}

Recording::~Recording() { close(); }

void Recording::run() {
  // The server's threads come first, and clients' programs on this machine: whatever wakes up takes this thread's place
  // at once, which lowering its priority would not do.
  const sched_param none{};
  sched_setscheduler(0, SCHED_IDLE, &none);
  std::unique_lock lock(mutex_);
  while (!closed_) {
    lock.unlock();
    const long before = times_pushed_aside();
    const bool all = write_steps(std::chrono::steady_clock::now() + turn);
    const bool crowded = times_pushed_aside() > before;
    lock.lock();
    if (all || crowded) closing_.wait_for(lock, all ? rest : rest_when_crowded, [this] { return closed_; });
  }
}

bool Recording::write_steps(std::chrono::steady_clock::time_point end) {
  StepBuffer::Taken taken;
  bool all = false;
  for (unsigned steps = 0; !failed_.load(std::memory_order_relaxed); ++steps) {
    if (steps % steps_between_looks == 0 && std::chrono::steady_clock::now() >= end) break;
    all = !buffer_.take(taken);
    if (all) break;
    if (taken.left_out > 0) transcript_.left_out(taken.left_out);
    transcript_.take(taken.step, taken.text_left_out);
    if (transcript_.lines().size() >= write_bytes) write_lines();
  }
  write_lines();
  return all;
}

void Recording::write_lines() {
  std::string& lines = transcript_.lines();
  if (!lines.empty() && !failed_ && !file_.write(lines)) {
    failed_ = true;
    options_.complain(file_.problem() + "; the server goes on without recording");
  }
  lines.clear();
}

void Recording::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
  }
  closing_.notify_one();
  thread_.join();
  if (failed_) return;
  // With the caller's priority, since somebody waits for it.
  write_steps(std::chrono::steady_clock::time_point::max());
  if (buffer_.left_out_at_end() > 0) transcript_.left_out(buffer_.left_out_at_end());
  transcript_.end(buffer_.overflowed());
  write_lines();
  if (failed_) return;
  const Transcript::Totals& totals = transcript_.totals();
  if (buffer_.overflowed()) {
    options_.complain(
        fmt::format("--record: {} ends before the server did: the machine was too slow to write it", file_.path()));
  }
  if (totals.left_out + totals.texts_left_out > 0) {
    options_.complain(
        fmt::format("--record: {} of {} requests are not in {}, and the texts of {} more replies: the machine was too "
                    "slow to write them",
                    totals.left_out, totals.left_out + totals.requests, file_.path(), totals.texts_left_out));
  }
}

}  // namespace rollcall::tools
