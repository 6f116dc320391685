// How long nothing has moved on a connection, although something waits for its peer. libzmq 4.3.4 sends no PING behind
// a part that the kernel has not taken whole (stream_engine_base_t::out_event), so it never finds out that a peer froze
// then: nobody misses its PONG.
//
// One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/limits.hpp"

namespace rollcall::io {

/// What the kernel counts of a connection.
struct Traffic {
  std::uint64_t came = 0;   ///< bytes from the peer
  std::uint64_t taken = 0;  ///< bytes by the peer
  bool waits = false;       ///< there are more for it
};

class Standstill {
 public:
  /// Something moved, whatever the kernel counts.
  void over() noexcept { then_.reset(); }

  /// True when it has lasted for `most`, and for so many looks, at this one, which finds `traffic`; it then begins
  /// anew.
  [[nodiscard]] bool lasts(const Traffic& traffic, core::Time now, std::chrono::nanoseconds most,
                           int looks_least) noexcept {
    if (!traffic.waits) {
      over();
      return false;
    }
    if (!then_ || traffic.came != then_->came || traffic.taken != then_->taken) {
      then_ = traffic;
      since_ = now;
      looks_ = 0;
    }
    if (++looks_ < looks_least || now - since_ < most) return false;
    over();
    return true;
  }

 private:
  std::optional<Traffic> then_;  ///< as it was at `since_`
  core::Time since_{0};
  int looks_ = 0;
};

}  // namespace rollcall::io
