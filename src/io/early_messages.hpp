// Messages that have overtaken the news of a connection.
//
// libzmq's I/O thread that accepts a connection hands it to another one before it tells the monitor of it. So the first
// message may be here before its connection, and, with a routing id that seems to come too early, before another one's.
// It waits for that news, which comes as surely as the message did. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "core/limits.hpp"
#include "io/frontend.hpp"

namespace rollcall::io {

class EarlyMessages {
 public:
  struct Message {
    core::Time since{0};
    Frontend::Incoming incoming;
  };

  /// False: there is no room, and nothing has happened. Else `incoming` was moved from. `since`: when it came.
  bool keep(Frontend::Incoming& incoming, core::Time since);
  /// Removes and returns all of them, in order, to be looked at again.
  std::vector<Message> take_all();

  /// True when one has waited for so long that its news must be lost.
  [[nodiscard]] bool is_stale(core::Time now) const noexcept {
    return !messages_.empty() && has_waited_enough(messages_.front().since, now);
  }
  [[nodiscard]] static bool has_waited_enough(core::Time since, core::Time now) noexcept {
    return now - since >= patience;
  }
  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }

  /// Thousands of times as long as the two threads are apart on a machine that is not overloaded.
  static constexpr std::chrono::milliseconds patience{1000};

 private:
  std::vector<Message> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace rollcall::io
