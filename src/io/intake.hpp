// Finds connections on which bytes come and no message: a message whose parts never end, which libzmq keeps until it
// has all of it, however many there are.
//
// The kernel counts what has come on a TCP connection (tcp(7), TCP_INFO). Each open connection is looked at ten times a
// second, or, of very many, once; those that a message came from meanwhile cost nothing. An endless one has brought
// more than any message may have at two looks, the second of which comes soon, so that a loop that was held up itself
// blames nobody. What libzmq kept of it goes back to the system then. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/limits.hpp"

namespace rollcall::io {

class Intake {
 public:
  /// `message_bytes_max`: what libzmq lets through as one part.
  explicit Intake(std::size_t message_bytes_max);

  void opened(int fd);
  void ended(int fd);
  /// A message came from it.
  void heard(int fd) {
    if (const auto index = static_cast<std::size_t>(fd); index < entries_.size()) entries_[index].heard = true;
  }

  /// When look() is due; nothing while there is nothing to do.
  [[nodiscard]] std::optional<core::Time> next_look() const noexcept;
  /// Looks at the next few connections, when it is due. Returns those that send without end.
  [[nodiscard]] std::vector<int> look(core::Time now);

 private:
  struct Entry {
    bool open = false;
    bool heard = false;            ///< since the last look
    bool suspected = false;        ///< at the last look
    std::uint64_t bytes_then = 0;  ///< that had come at `since`: its beginning, or the first look without a message
    std::optional<core::Time> since;
  };
  [[nodiscard]] bool is_suspect(Entry& entry, int fd, core::Time now) const;
  void give_back_memory(core::Time now);

  std::size_t bytes_max_;
  std::vector<Entry> entries_;  ///< by descriptor
  std::size_t open_ = 0;
  std::size_t next_ = 0;  ///< the first descriptor that the next look takes
  core::Time last_look_{0};
  core::Time next_look_{0};
  std::optional<core::Time> give_back_at_;
};

}  // namespace rollcall::io
