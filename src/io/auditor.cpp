#include "io/auditor.hpp"

#include <array>
#include <cstdlib>
#include <exception>
#include <utility>

#include "io/signals.hpp"

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

// Before each attempt; in all this, news that was on its way has arrived.
constexpr std::array<std::chrono::milliseconds, 5> pauses = {0ms, 50ms, 100ms, 200ms, 400ms};

std::int64_t difference(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a - b); }

}  // namespace

std::int64_t presence_drift(const Presence& before, std::optional<std::size_t> kernel, const Presence& after) noexcept {
  const std::int64_t in_core = difference(before.held, before.open);
  if (!kernel) return in_core;
  const std::int64_t most = difference(before.open_tcp, *kernel) + difference(after.tcp_began, before.tcp_began);
  const std::int64_t least = difference(before.open_tcp, *kernel) - difference(after.tcp_ended, before.tcp_ended);
  const std::int64_t in_kernel = least > 0 ? least : most < 0 ? most : 0;
  return std::abs(in_core) > std::abs(in_kernel) ? in_core : in_kernel;
}

Auditor::Auditor(std::vector<TcpEnds> listening, Look look, Tell tell, std::chrono::milliseconds period)
    : listening_(std::move(listening)),
      look_(std::move(look)),
      tell_(std::move(tell)),
      period_(period),
      thread_(&Auditor::run, this) {}

Auditor::~Auditor() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Auditor::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return ends_; });
}

void Auditor::run() {
  block_all_signals();
  for (auto pause = period_ / 10; wait(pause); pause = period_) {
    try {
      if (const auto drift = audit()) tell_(*drift);
    } catch (const std::exception&) {  // no memory: the next audit may have some
    }
  }
}

std::optional<std::int64_t> Auditor::audit() {
  std::optional<std::int64_t> least;
  for (const auto pause : pauses) {
    if (!wait(pause)) return std::nullopt;
    const auto before = look_();
    const auto kernel = count_in_kernel();
    const auto after = look_();
    if (!before || !after) continue;
    const std::int64_t drift = presence_drift(*before, kernel, *after);
    if (!least || std::abs(drift) < std::abs(*least)) least = drift;
    if (drift == 0) break;
  }
  return least;
}

std::optional<std::size_t> Auditor::count_in_kernel() {
  std::size_t count = 0;
  for (const TcpEnds& listening : listening_) {
    const auto accepted = sock_diag_.accepted_at(listening);
    if (!accepted) return std::nullopt;
    count += *accepted;
  }
  return count;
}

}  // namespace rollcall::io
