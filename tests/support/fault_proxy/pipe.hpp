// One direction of a proxied connection: bytes from one socket to another, and the fault that they meet on the way.
//
// It never holds more than a bounded number of bytes; beyond them it stops reading, as a slow network does. It does not
// own the sockets. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "tally.hpp"

namespace rollcall::test {

using Time = std::chrono::nanoseconds;

/// What is done to the bytes: `none`, `delay` (by `pause`), `drip` (a byte each `pause`), `stall` (neither read nor
/// written) or `swallow` (read and thrown away, the end of the stream too).
struct Treatment {
  Fault fault = Fault::none;
  Time pause{0};
};

class Pipe {
 public:
  explicit Pipe(Tally& tally) : tally_(&tally) {}

  /// From now on; `source` is asked for the bytes that a stall held up.
  void treat(Treatment treatment, int source);
  [[nodiscard]] const Treatment& treatment() const noexcept { return treatment_; }

  enum class Result : std::uint8_t { ok, broken };
  /// Reads what is there; broken: the source was reset.
  Result read(int source, Time now);
  /// Writes what is due, and the end of the stream after it; broken: the destination is gone.
  Result write(int destination, Time now);

  [[nodiscard]] bool wants_read() const noexcept;
  /// Has something that is due, or, when `waits` for the socket only, that the socket had no room for.
  [[nodiscard]] bool wants_write() const noexcept { return blocked_ && treatment_.fault != Fault::stall; }
  /// When write() has something to do that no socket tells; 0: never.
  [[nodiscard]] Time due() const noexcept;
  /// Everything up to the end of the stream has been passed on, or never will be.
  [[nodiscard]] bool is_over() const noexcept { return end_passed_on_; }
  /// The source says no more, and nobody is told.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  void end() noexcept { ended_ = true; }
  /// Bytes are missing: what follows them makes no sense.
  [[nodiscard]] bool lost_bytes() const noexcept { return lost_bytes_; }
  [[nodiscard]] std::uint64_t passed_bytes() const noexcept { return passed_bytes_; }
  /// Those that were read and not written.
  [[nodiscard]] std::uint64_t held_bytes() const noexcept { return held_bytes_; }

 private:
  struct Chunk {
    Time due{0};
    std::string bytes;
  };

  Tally* tally_;
  Treatment treatment_;
  std::deque<Chunk> chunks_;
  std::size_t written_ = 0;  ///< of the first chunk
  std::uint64_t held_bytes_ = 0;
  std::uint64_t passed_bytes_ = 0;
  Time next_drip_{0};
  bool ended_ = false;
  bool end_passed_on_ = false;
  bool blocked_ = false;
  bool lost_bytes_ = false;
};

}  // namespace rollcall::test
