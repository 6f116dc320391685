#include "io/tcp_watch.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr auto round_least = 100ms;
constexpr auto pause_least = 20ms;
constexpr std::size_t descriptors_a_look = 200;  // some 0.1 ms
constexpr std::size_t looks_a_round_max = 50;
// Of frames and commands around a message.
constexpr std::size_t overhead_bytes_max = std::size_t{64} << 10U;
// A client that only answers heartbeats, or sends its own, must never get to the bound. A PONG takes up to 80 bytes,
// with CURVE.
constexpr std::uint64_t forgiven_bytes_per_second = 1024;
constexpr std::uint64_t forgiven_bytes_per_heartbeat = 128;
// A socket that is never read empty may be one that is flooded.
constexpr auto suspicion_most = 1s;

// What waits in a Unix socket may be as much as before by chance.
constexpr int equal_looks_least = 10;

// The kernel counts time in jiffies of up to 10 ms.
constexpr auto clock_slack = 20ms;

/// Nothing where the kernel does not count, as for Unix sockets.
std::optional<tcp_info> count(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (size < offsetof(tcp_info, tcpi_notsent_bytes) + sizeof info.tcpi_notsent_bytes) return std::nullopt;
  return info;
}

bool is_answered(const tcp_info& info) {
  const bool all_arrived = info.tcpi_unacked == 0 && info.tcpi_notsent_bytes == 0;
  return all_arrived && info.tcpi_last_data_recv <= info.tcpi_last_data_sent;
}

Traffic traffic_of(const tcp_info& info) {
  return {info.tcpi_bytes_received, info.tcpi_bytes_acked, info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0};
}

/// What waits in the kernel: SIOCINQ, to be read, which has a bound of its own; SIOCOUTQ, for the peer.
std::uint64_t waiting_bytes(int fd, unsigned long queue) {
  int waiting = 0;
  return ioctl(fd, queue, &waiting) == 0 ? static_cast<std::uint64_t>(waiting) : 0;
}

/// Of a Unix socket, only what waits is counted: that has been taken when it differs.
Traffic traffic_of(int fd) {
  const std::uint64_t waiting = waiting_bytes(fd, SIOCOUTQ);
  return {0, ~waiting, waiting > 0};
}

}  // namespace

TcpWatch::TcpWatch(std::size_t part_bytes_max, std::chrono::milliseconds heartbeat,
                   std::chrono::milliseconds heartbeat_timeout)
    : bytes_max_(part_bytes_max + overhead_bytes_max),
      answer_time_(heartbeat_timeout - clock_slack),
      standstill_most_(std::max(heartbeat, heartbeat_timeout)),
      forgiven_bytes_per_second_(forgiven_bytes_per_second +
                                 forgiven_bytes_per_heartbeat * 1000 /
                                     static_cast<std::uint64_t>(std::max(heartbeat, 1ms).count())) {}

void TcpWatch::opened(int fd, core::Time now) {
  ended(fd);
  const auto index = static_cast<std::size_t>(fd);
  if (index >= entries_.size()) entries_.resize(index + 1);
  entries_[index] = {};
  entries_[index].open = true;
  entries_[index].last_byte = entries_[index].last_byte_since = entries_[index].counted = now;
  ++open_;
}

void TcpWatch::ended(int fd) {
  if (find(fd) == nullptr) return;
  entries_[static_cast<std::size_t>(fd)].open = false;
  --open_;
}

const TcpWatch::Entry* TcpWatch::find(int fd) const noexcept {
  const auto index = static_cast<std::size_t>(fd);
  return index < entries_.size() && entries_[index].open ? &entries_[index] : nullptr;
}

std::chrono::nanoseconds TcpWatch::silence(int fd, core::Time now) const {
  const Entry* entry = find(fd);
  return entry != nullptr ? now - entry->last_byte : std::chrono::nanoseconds{0};
}

bool TcpWatch::may_have_timed_out(int fd, core::Time now) const {
  const Entry* entry = find(fd);
  if (entry == nullptr || now - entry->last_byte_since < answer_time_) return false;
  return !entry->answered || now - entry->counted >= answer_time_;
}

std::optional<core::Time> TcpWatch::next_look() const noexcept {
  return open_ > 0 ? std::optional(next_look_) : std::nullopt;
}

TcpWatch::Found TcpWatch::look(core::Time now) {
  Found found;
  if (!next_look() || now < next_look_) return found;
  if (now - next_look_ > round_least) held_up_ += now - next_look_;
  for (const int fd : std::exchange(suspects_, {})) look_at(fd, now, found);
  const std::size_t at_once = std::max(descriptors_a_look, entries_.size() / looks_a_round_max + 1);
  const std::size_t end = std::min(next_ + at_once, entries_.size());
  for (; next_ < end; ++next_) {
    if (!entries_[next_].suspicion) look_at(static_cast<int>(next_), now, found);
  }
  if (next_ == entries_.size()) next_ = 0;
  const auto pause = round_least / static_cast<std::int64_t>(entries_.size() / at_once + 1);
  next_look_ = now + (suspects_.empty() ? std::max(pause, pause_least) : pause_least);
  return found;
}

void TcpWatch::look_at(int fd, core::Time now, Found& found) {
  Entry& entry = entries_[static_cast<std::size_t>(fd)];
  if (!entry.open || std::exchange(entry.heard, false)) {
    entry.has_base = false;
    entry.suspicion.reset();
    entry.standstill.over();
    return;
  }
  const auto info = count(fd);
  const Traffic traffic = info ? traffic_of(*info) : traffic_of(fd);
  const int looks_least = info ? 2 : equal_looks_least;
  if (entry.standstill.lasts(traffic, now - held_up_, standstill_most_, looks_least)) found.frozen.push_back(fd);
  if (!info) return;
  entry.counted = now;
  entry.answered = is_answered(*info);
  const core::Time last_byte = now - std::chrono::milliseconds(info->tcpi_last_data_recv);
  entry.last_byte = std::max(entry.last_byte, last_byte);
  entry.last_byte_since = std::max(entry.last_byte_since, last_byte);
  if (!brings_too_much(entry, fd, info->tcpi_bytes_received, now)) {
    entry.suspicion.reset();
  } else if (entry.suspicion && is_endless(entry, now)) {
    found.endless.push_back(fd);
  } else {
    if (!entry.suspicion) entry.suspicion = Suspicion{now, times_empty_};
    suspects_.push_back(fd);
  }
}

bool TcpWatch::brings_too_much(Entry& entry, int fd, std::uint64_t received, core::Time now) const {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - entry.looked.value_or(now));
  entry.looked = now;
  if (!std::exchange(entry.has_base, true)) entry.bytes_then = received;
  const std::uint64_t forgiven = forgiven_bytes_per_second_ * static_cast<std::uint64_t>(passed.count()) / 1000;
  entry.bytes_then = std::min(entry.bytes_then + forgiven, received);
  const std::uint64_t brought = received - entry.bytes_then;
  return brought > bytes_max_ && brought > bytes_max_ + waiting_bytes(fd, SIOCINQ);
}

bool TcpWatch::is_endless(const Entry& entry, core::Time now) const {
  return entry.suspicion->times_empty != times_empty_ || now - entry.suspicion->since >= suspicion_most;
}

}  // namespace rollcall::io
