// The last answers of each client, kept to be given again when it comes back after a lost connection and asks for
// them (PROTOCOL.md section 4.5).
//
// A client can have missed no more answers than it may have unanswered requests, so of each client that many are kept:
// the oldest makes room. Bytes are bounded for one client and for all; where all together take too much, clients that
// have been answered lately keep theirs (a clock with one hand: second chance), and the others lose all of them, which
// a client then is told of with error 22. One answer is kept as long as it fits the bound on all. No allocation in
// steady state. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job.hpp"

namespace rollcall::core {

class ReplyCache {
 public:
  struct Bounds {
    std::size_t answers_max = 0;  ///< of one client
    std::size_t client_bytes_max = 0;
    std::size_t bytes_max = 0;
  };
  explicit ReplyCache(const Bounds& bounds) : bounds_(bounds) {}

  /// Keeps `part`, which ended request `id` of the client in this lane. Its ids rise. Where there is no memory for it,
  /// the client loses all that is kept of it.
  void keep(LaneId lane, std::uint64_t id, std::string_view part) noexcept;
  /// What ended this request; nothing when it is not kept. Valid until the next call that is not const.
  [[nodiscard]] std::optional<std::string_view> find(LaneId lane, std::uint64_t id) const;
  /// The latest request of which something is kept; 0: none.
  [[nodiscard]] std::uint64_t last(LaneId lane) const noexcept;
  /// Forgets the client.
  void forget(LaneId lane);

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Answer {
    std::uint64_t id = 0;
    std::size_t at = 0;  ///< where it begins, counted from the client's first answer
  };
  /// What is kept of one client, oldest first; what was dropped stays before the first one, until there is enough of it
  /// to be worth moving the rest.
  struct Kept {
    std::vector<Answer> answers;
    std::size_t first = 0;
    std::string parts;
    std::size_t base = 0;  ///< where `parts` begins, counted like Answer::at
    bool lately = false;   ///< answered since the hand came by last

    [[nodiscard]] std::size_t count() const noexcept { return answers.size() - first; }
    [[nodiscard]] std::size_t begin(std::size_t answer) const noexcept {
      return answer < answers.size() ? answers[answer].at - base : parts.size();
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return parts.size() - begin(first); }
  };

  void add(LaneId lane, std::uint64_t id, std::string_view part);
  void drop_oldest(Kept& kept);
  void clear(Kept& kept);
  void make_room(std::size_t bytes, const Kept& sparing);

  Bounds bounds_;
  std::vector<Kept> clients_;  ///< by lane
  std::size_t hand_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace rollcall::core
