// Ends connections that belong to libzmq, which has no call for it: shutdown(2), upon which libzmq finds that the peer
// has gone, and cleans up by itself. Their descriptors are libzmq's and are never closed here.
//
// One thread. Holds two descriptors of its own, so that it also works when none is left.
#pragma once

#include <functional>

#include "core/events.hpp"

namespace rollcall::io {

class Cutter {
 public:
  /// Throws std::system_error.
  Cutter();
  ~Cutter();
  Cutter(const Cutter&) = delete;
  Cutter& operator=(const Cutter&) = delete;

  /// Ends the connection on `fd` if its peer is at `address`, and `is_still_open` says so. That is asked when nothing
  /// can put another connection in its place any more. False: it is another one, or has ended already.
  bool cut(int fd, const core::Address& address, const std::function<bool()>& is_still_open);

 private:
  int nothing_;  ///< what `held_` is when it holds nothing
  int held_;     ///< a second descriptor of the connection that is being cut
};

}  // namespace rollcall::io
