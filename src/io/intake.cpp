#include "io/intake.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace rollcall::io {
namespace {

constexpr std::chrono::milliseconds round_least{100};
constexpr std::chrono::milliseconds pause_least{20};
constexpr std::size_t descriptors_a_look = 200;  // some 0.1 ms
// Of frames and commands around a message.
constexpr std::size_t overhead_bytes_max = std::size_t{64} << 10U;
// A client that only answers heartbeats, or sends its own, must never get to the bound.
constexpr std::uint64_t forgiven_bytes_per_second = 1024;
constexpr std::chrono::milliseconds end_most{500};  // for libzmq to clean up after a connection that was cut

/// What libzmq has read of the connection so far; nothing where the kernel does not count it.
std::optional<std::uint64_t> bytes_read(int fd) {
  int waiting = 0;  // in the kernel, which has a bound of its own; asked first, since it counts against what follows
  if (ioctl(fd, SIOCINQ, &waiting) != 0) return std::nullopt;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return std::uint64_t{info.tcpi_bytes_received} - static_cast<std::uint64_t>(waiting);
}

}  // namespace

Intake::Intake(std::size_t message_bytes_max) : bytes_max_(message_bytes_max + overhead_bytes_max) {}

void Intake::opened(int fd) {
  ended(fd);
  const auto index = static_cast<std::size_t>(fd);
  if (index >= entries_.size()) entries_.resize(index + 1);
  entries_[index] = {};
  entries_[index].open = true;
  entries_[index].since = last_look_;
  ++open_;
}

void Intake::ended(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= entries_.size() || !entries_[index].open) return;
  entries_[index].open = false;
  --open_;
}

std::optional<core::Time> Intake::next_look() const noexcept {
  return open_ > 0 || give_back_at_ ? std::optional(next_look_) : std::nullopt;
}

std::vector<int> Intake::look(core::Time now) {
  std::vector<int> endless;
  if (!next_look() || now < next_look_) return endless;
  last_look_ = now;
  give_back_memory(now);
  bool suspects = false;
  const std::size_t end = std::min(next_ + descriptors_a_look, entries_.size());
  for (; next_ < end; ++next_) {
    Entry& entry = entries_[next_];
    const bool was_suspected = entry.suspected;
    entry.suspected = entry.open && is_suspect(entry, static_cast<int>(next_), now);
    suspects = suspects || entry.suspected;
    if (was_suspected && entry.suspected) endless.push_back(static_cast<int>(next_));
  }
  if (next_ == entries_.size()) next_ = 0;
  const std::size_t looks_a_round = entries_.size() / descriptors_a_look + 1;
  const auto pause = suspects ? pause_least : round_least / static_cast<std::int64_t>(looks_a_round);
  next_look_ = now + std::max(pause, pause_least);
  if (!endless.empty()) give_back_at_ = now + end_most;
  return endless;
}

bool Intake::is_suspect(Entry& entry, int fd, core::Time now) const {
  if (std::exchange(entry.heard, false)) {
    entry.since.reset();
    return false;
  }
  const auto bytes = bytes_read(fd);
  if (!bytes) return false;
  if (!entry.since) {
    entry.since = now;
    entry.bytes_then = *bytes;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *entry.since);
  const std::uint64_t may_have = bytes_max_ + forgiven_bytes_per_second * static_cast<std::uint64_t>(seconds.count());
  return *bytes > entry.bytes_then + may_have;
}

// The C library keeps what was freed in millions of small pieces.
void Intake::give_back_memory(core::Time now) {
  if (!give_back_at_ || now < *give_back_at_) return;
  give_back_at_.reset();
  malloc_trim(0);
}

}  // namespace rollcall::io
