// Which connection a message belongs to, and whether that connection is alive.
//
// ZeroMQ tells of connections by file descriptor (the monitor) and of messages by routing id and descriptor, over two
// paths that overtake each other. A descriptor is used again as soon as it is closed, so it is no key by itself:
//  - the monitor is read before the messages, so data on a closed descriptor is a dead client's: late;
//  - routing ids are a counter, so on one descriptor the later id (serial-number comparison, RFC 1982) is the live
//    one, and an id that is not later than one whose connection has ended is late;
//  - a connection that ended before it was heard may have left data behind that no rule above catches when its
//    descriptor is already somebody else's. Such a descriptor is in doubt for a moment, and what comes first on it
//    is kept back: by then either a later id has shown itself or the dead one's answer is undeliverable.
// One thread; knows nothing of sessions beyond the state that the owner keeps in each entry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/events.hpp"
#include "core/server_table.hpp"

namespace rollcall::core {

struct Session;

/// True when `a` comes after `b` on the circle of 32-bit numbers.
[[nodiscard]] constexpr bool is_later(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b) > 0;
}

/// Messages of one routing id that are kept back until their connection is out of doubt.
struct Hold {
  struct Message {
    bool delimited = false;
    bool many_parts = false;
    std::string part;
  };
  std::uint32_t routing_id = 0;
  std::string key;
  std::string key_name;
  std::vector<Message> messages;
  std::size_t bytes = 0;
  std::size_t taken = 0;  ///< how many of them the owner has received as fresh, before it releases all
};

struct Connection {
  bool open = false;
  bool cut = false;              ///< will end: nothing of it is listened to any more
  bool heard = false;            ///< a message of this connection has come; routing_id is valid
  std::uint32_t routing_id = 0;  ///< of this connection if heard, else of the last one that was heard here, if any
  bool ever_heard = false;       ///< routing_id is valid at all
  PeerState state = PeerState::silent;
  bool is_charged = false;     ///< its failure was counted against its address, or never will be: door.hpp
  Session* session = nullptr;  ///< set and cleared by the owner together with `state`
  Address address;
  Time ended_unheard{-1};  ///< when a connection last ended here without having been heard; -1: it did not
  Time doubt_until{0};
  std::optional<Hold> hold;
};

class Connections {
 public:
  enum class Verdict {
    late,      ///< drop it
    current,   ///< of the connection as known
    replaces,  ///< the connection known so far has ended unseen: end its session, then call claim()
    fresh,     ///< first message: call claim()
    doubtful,  ///< keep it back: call hold()
  };

  /// From now on, open() of `fd` leaves all other connections where they are in memory.
  void reserve(int fd) { at(fd); }
  /// Returns the connection that is now open on `fd`. The caller has ended whatever was open there. All or nothing.
  Connection& open(int fd, const Address& address, Time now);
  /// Nothing more of the connection that is open on `fd` will be current, and what is kept back of it is dropped.
  Connection& cut(int fd);
  /// Marks the connection as ended. Returns false when none was open.
  bool close(int fd, Time now);

  [[nodiscard]] Verdict judge(int fd, std::uint32_t routing_id, Time now) const;
  /// Makes `routing_id` the one that is heard on `fd`.
  Connection& claim(int fd, std::uint32_t routing_id);
  enum class Kept { yes, late, over_bound };
  /// Keeps a doubtful message back; messages of an earlier id on this descriptor are dropped. Refuses what goes beyond
  /// the window (and a HELLO before it), or beyond the bounds on bytes of one client and of all together. Where it
  /// throws, this message is not kept, and all else is.
  Kept hold(const Received& message, const Limits& limits);
  /// A descriptor whose doubt is over and on which messages are kept back; nothing when there is none.
  [[nodiscard]] std::optional<int> out_of_doubt(Time now) const;
  /// Removes and returns what is kept back on `fd`, to be received as fresh.
  Hold release(int fd);
  /// Drops what is kept back of connections that were made with this key.
  void drop_held(std::string_view key);
  /// When out_of_doubt() has something to give; nothing when no message is kept back.
  [[nodiscard]] std::optional<Time> next_deadline() const;

  /// How many are open and cut.
  [[nodiscard]] std::size_t cut_ones() const noexcept { return cut_ones_; }

  /// Null when nothing was ever opened on `fd`.
  [[nodiscard]] Connection* find(int fd) noexcept;

 private:
  Connection& at(int fd);
  void set_cut(Connection& connection, bool cut) noexcept {
    cut_ones_ += cut && !connection.cut ? 1 : 0;
    cut_ones_ -= !cut && connection.cut ? 1 : 0;
    connection.cut = cut;
  }

  std::vector<Connection> by_fd_;
  std::size_t cut_ones_ = 0;
  std::size_t held_bytes_ = 0;
  std::vector<int> holding_;  ///< descriptors with messages kept back: few, and for milliseconds
};

}  // namespace rollcall::core
