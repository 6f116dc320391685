// Who is here. The count is this map's size, and nothing is counted beside it; the version goes up by one with every
// join and every leave (PROTOCOL.md section 2). One thread; references stay valid until their session leaves, and its
// Leaver ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/allowance.hpp"
#include "core/events.hpp"
#include "core/token_hash.hpp"

namespace rollcall::core {

struct Session {
  std::uint64_t number = 0;  ///< rises with every join of this server's life
  std::uint32_t routing_id = 0;
  int fd = -1;
  LaneId lane = 0;
  bool said_hello = false;
  bool delimited = false;  ///< its last message had a delimiter: so will what is sent unasked
  std::uint64_t last_request_id = 0;
  /// Of a session that was resumed: ids up to this one are from before, and asking for them again is right.
  std::uint64_t resumed_to = 0;
  std::uint64_t missed_to = 0;  ///< answers up to this id were kept when it was resumed
  std::uint64_t requests = 0;
  Time joined{0};
  Time last_seen{0};
  Allowance queries;       ///< of entries in ROSTER pages
  Time may_watch_from{0};  ///< it has begun to watch too shortly before
  wire::Token token{};
  std::string key;  ///< with which the connection was made; empty where there are none
  Address address;
  std::shared_ptr<const std::string> name;  ///< shared with jobs that are still running when it leaves
};

class Roster {
 public:
  [[nodiscard]] std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(sessions_.size()); }
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

  /// Adds a session under its routing id, which must not be here. Sets its number. All or nothing.
  Session& join(Session session);
  /// A session that has left; as long as it is kept, references to the session stay valid.
  using Leaver = std::unordered_map<std::uint32_t, Session>::node_type;
  /// Removes and returns the session of `routing_id`, which must be here.
  [[nodiscard]] Leaver leave(std::uint32_t routing_id);
  [[nodiscard]] Session* find(std::uint32_t routing_id) noexcept;
  /// The session that was given this token; null when it is not here.
  [[nodiscard]] Session* find(const wire::Token& token) noexcept;

  /// Calls `visit(const Session&)` for those whose number is above `number`, in the order of numbers, until it returns
  /// false.
  template <typename Visit>
  void for_each_after(std::uint64_t number, Visit&& visit) const {
    for (auto place = by_number_.upper_bound(number); place != by_number_.end(); ++place) {
      if (!visit(std::as_const(*place->second))) return;
    }
  }

  [[nodiscard]] auto begin() const noexcept { return sessions_.begin(); }
  [[nodiscard]] auto end() const noexcept { return sessions_.end(); }

 private:
  std::unordered_map<std::uint32_t, Session> sessions_;
  std::unordered_map<wire::Token, Session*, TokenHash> by_token_;
  std::map<std::uint64_t, Session*> by_number_;
  std::uint64_t version_ = 0;
  std::uint64_t joins_ = 0;
};

}  // namespace rollcall::core
