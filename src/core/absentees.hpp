// Sessions whose connection was lost, and who may come back to them by their token (PROTOCOL.md section 4.5). Each is
// remembered for the same time, and no more of them than there may be clients: the one that is gone for the longest
// time makes room. One thread; no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/events.hpp"
#include "core/token_hash.hpp"

namespace rollcall::core {

struct Absentee {
  wire::Token token{};
  LaneId lane = 0;
  std::uint64_t last_request_id = 0;  ///< ids up to this one were handed to a worker, or ended in an error
  std::shared_ptr<const std::string> name;
  std::string key;  ///< with which its connection was made
  Time until{0};    ///< when it is forgotten
};

class Absentees {
 public:
  explicit Absentees(std::size_t most) : most_(most) {}

  /// Adds one, to be forgotten no earlier than all that are there. Returns the one that made room, if any had to. All
  /// or nothing.
  std::optional<Absentee> add(Absentee absentee);
  /// The one that has this token, and was connected with this key; null when it is not here. Valid until it is taken.
  [[nodiscard]] const Absentee* find(const wire::Token& token, std::string_view key) const noexcept;
  /// Removes and returns the one that find() would give.
  std::optional<Absentee> take(const wire::Token& token, std::string_view key);
  /// Removes and returns one whose time is over.
  std::optional<Absentee> take_expired(Time now);
  /// Removes and returns one that was connected with this key.
  std::optional<Absentee> take_key(std::string_view key);
  /// Removes and returns any one.
  std::optional<Absentee> take_any();
  /// When take_expired() has something to give.
  [[nodiscard]] std::optional<Time> next_deadline() const;
  [[nodiscard]] std::size_t size() const noexcept { return by_token_.size(); }

 private:
  using Order = std::list<Absentee>;
  std::optional<Absentee> remove(Order::iterator place);

  std::size_t most_;
  Order order_;  ///< the one that left first comes first
  std::unordered_map<wire::Token, Order::iterator, TokenHash> by_token_;
};

}  // namespace rollcall::core
