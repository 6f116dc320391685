// What the kernel counts of TCP connections (tcp(7), TCP_INFO). It finds those on which bytes come and no message: the
// parts of a message without an end, which libzmq keeps all of, however many; and those whose peers take nothing of
// what waits for them (standstill.hpp; Unix sockets, too). And it tells how long one was silent.
//
// Every open connection is looked at ten times a second, or, of very many, once; what a message came from meanwhile
// costs nothing. An endless one has brought more than any message may have at two looks, the second of which comes
// soon, and no earlier than when the socket had been read empty: so a loop that was held up itself blames nobody.
// One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/limits.hpp"
#include "io/standstill.hpp"

namespace rollcall::io {

class TcpWatch {
 public:
  /// `part_bytes_max`: what libzmq lets through as one part. `heartbeat`: between two PINGs, which a peer answers.
  /// `heartbeat_timeout`: for the answer.
  TcpWatch(std::size_t part_bytes_max, std::chrono::milliseconds heartbeat,
           std::chrono::milliseconds heartbeat_timeout);

  void opened(int fd, core::Time now);
  void ended(int fd);
  /// Messages are about to be read, of which heard() tells then.
  void reading() noexcept { came_since_ = empty_at_; }
  /// There is no message left to be read, of any connection, at `now` or a little later.
  void read_empty(core::Time now) noexcept {
    ++times_empty_;
    empty_at_ = now;
  }
  /// A message from it was read. It may have waited for long, where this loop has much to do.
  void heard(int fd, core::Time now) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= entries_.size()) return;
    entries_[index].heard = true;
    entries_[index].last_byte = now;
    entries_[index].last_byte_since = came_since_;
  }

  /// How long nothing has come on it, as far as that was seen.
  [[nodiscard]] std::chrono::nanoseconds silence(int fd, core::Time now) const;
  /// False where libzmq can't have ended it now because a heartbeat was not answered: it was not silent for long
  /// enough, or what was sent last had been answered at a look since then.
  [[nodiscard]] bool may_have_timed_out(int fd, core::Time now) const;

  /// When look() is due; nothing while there is nothing to do.
  [[nodiscard]] std::optional<core::Time> next_look() const noexcept;
  struct Found {
    std::vector<int> endless;
    std::vector<int> frozen;  ///< for the longer of heartbeat and its timeout, nothing moved though something waits
  };
  /// Looks at the suspects and the next few connections, when it is due.
  [[nodiscard]] Found look(core::Time now);

 private:
  struct Suspicion {
    core::Time since;
    std::uint64_t times_empty;
  };
  struct Entry {
    bool open = false;
    bool heard = false;             ///< since the last look
    bool answered = true;           ///< at `counted`: nothing had been sent since the last byte came
    core::Time last_byte{0};        ///< came then or before
    core::Time last_byte_since{0};  ///< and not before this
    core::Time counted{0};          ///< when the kernel was asked last; at first, when it opened
    /// That had come when it began, or at the first look without a message; and forgiven.
    std::uint64_t bytes_then = 0;
    bool has_base = true;  ///< bytes_then means something
    std::optional<core::Time> looked;
    std::optional<Suspicion> suspicion;
    Standstill standstill;
  };
  /// Null where none is open on `fd`.
  [[nodiscard]] const Entry* find(int fd) const noexcept;
  void look_at(int fd, core::Time now, Found& found);
  [[nodiscard]] bool brings_too_much(Entry& entry, int fd, std::uint64_t received, core::Time now) const;
  [[nodiscard]] bool is_endless(const Entry& entry, core::Time now) const;

  std::size_t bytes_max_;
  std::chrono::nanoseconds answer_time_;
  std::chrono::nanoseconds standstill_most_;
  std::chrono::nanoseconds held_up_{0};  ///< in which nobody looked, though a look was due
  std::uint64_t forgiven_bytes_per_second_;
  std::vector<Entry> entries_;  ///< by descriptor
  std::vector<int> suspects_;
  std::size_t open_ = 0;
  std::size_t next_ = 0;  ///< the first descriptor that the next look takes
  std::uint64_t times_empty_ = 0;
  core::Time empty_at_{0};
  core::Time came_since_{0};
  core::Time next_look_{0};
};

}  // namespace rollcall::io
