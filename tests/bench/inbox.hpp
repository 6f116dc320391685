// What comes in on one ZMTP connection: whole frames, behind the greeting. One thread for all of a process's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "zmtp.hpp"

namespace bench {

class Inbox {
 public:
  /// Reads what waits on `fd`, and calls on_frame(frame) for each frame that is whole. False when the connection has
  /// ended.
  template <typename OnFrame>
  bool receive(int fd, OnFrame on_frame) {
    while (true) {
      std::string_view bytes;
      const Got got = read(fd, bytes);
      if (got == Got::end) return false;
      if (got == Got::nothing) return true;
      while (const auto frame = zmtp::take_frame(bytes)) on_frame(*frame);
      rest_.assign(bytes);
      if (got == Got::last_bytes) return true;
    }
  }

 private:
  enum class Got { bytes, last_bytes, nothing, end };
  /// What has come behind the rest of the last time; valid until any inbox is read again.
  Got read(int fd, std::string_view& bytes);

  std::size_t greeting_left_ = zmtp::greeting_bytes;
  std::string rest_;  ///< the beginning of a frame
};

}  // namespace bench
