// The world outside the core: a kernel that gives the lowest free descriptor, a libzmq that gives routing ids from a
// 32-bit counter, the monitor's queue, the messages that are on their way, and the clients. One thread.
//
// The bounds on what may be late are here (late_after_end, late_after_reuse): they are what core::doubt_memory and
// core::doubt_hold are built on.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/events.hpp"
#include "sim/message.hpp"
#include "sim/model.hpp"
#include "sim/random.hpp"

namespace rollcall::sim {

/// A message of a dead connection is fed at most this long after the connection's Closed was,
inline constexpr std::chrono::milliseconds late_after_end{50};
/// and at most this long after the Opened of the next connection on its descriptor was.
inline constexpr std::chrono::milliseconds late_after_reuse{15};
/// For this long a send to a dead peer may still seem to succeed.
inline constexpr std::chrono::milliseconds seems_alive{2};

static_assert(late_after_end < core::doubt_memory && late_after_reuse < core::doubt_hold);

enum class Habit : std::uint8_t { scanner, polite, plain, both, careless, idle };

struct Conn {
  int fd = -1;
  bool opened = false;  ///< the core was told
  Habit habit = Habit::polite;
  bool delimited = false;
  bool alive = true;
  bool handshaken = false;
  bool full = false;        ///< its pipe is: it doesn't read
  bool known_gone = false;  ///< a send has failed
  bool end_lost = false;    ///< its Closed will never be fed
  std::uint32_t routing_id = 0;
  std::size_t key = 0;  ///< keys.hpp
  bool barred = false;  ///< its key was taken off the list: what it sent may have been dropped
  core::Time died{0};
  std::optional<core::Time> late_until;  ///< its data must be fed until then
  std::deque<Message> inbox;             ///< on its way to the core
  std::uint64_t next_id = 1;
  bool greeted = false;                       ///< sent HELLO
  bool left = false;                          ///< said BYE, or was told that it is out
  bool confused = false;                      ///< it uses ids twice, and does not know what became of which
  bool forsaken = false;                      ///< its client has another connection now
  std::uint64_t told = 0;                     ///< the newest version that it was told, as a watcher
  std::optional<wire::Token> token;           ///< of its session, as it was told
  std::optional<wire::Token> back_to;         ///< the one that it said HELLO with, until the answer has come
  std::map<std::uint64_t, std::string> open;  ///< what it sent and has no outcome of, with the bodies
  std::set<std::uint64_t> old;                ///< ids that it has asked again out of turn: what comes is not looked at
  std::map<std::uint64_t, int> unanswered;    ///< by id: fed, minus answers
  int plain_unanswered = 0;                   ///< the same of what came in plain form
};

struct MonitorEvent {
  bool opened = false;
  ConnId conn = 0;
  int fd = -1;
};

class World {
 public:
  /// `keys`: how many there are, for connections to have one of them each; 0: connections have none.
  World(Random& random, Model& model, std::uint64_t fault_percent, std::size_t keys);

  // What happens of itself.
  /// On the lowest free descriptor, or on `fd`, which must be free.
  ConnId connect(Habit habit, int fd = -1);
  void handshake(ConnId conn);
  void die(ConnId conn, core::Time now);
  /// The shell ends the connection that the core knows on this descriptor.
  void cut(int fd, core::Time now);
  /// A client that was welcome on `before` comes back with its token, whatever is known of that connection.
  ConnId reconnect(ConnId before);
  /// The client sends what its habit makes it send.
  void act(ConnId conn, const core::Limits& limits);
  /// The client asks who is here, or watches.
  void watch(ConnId conn, Random& random);
  void send(ConnId conn, Message message);
  /// Nothing is owed to those with this key any more.
  void bar(std::size_t key);
  void stop_faults() { fault_percent_ = 0; }

  // What reaches the core.
  [[nodiscard]] bool monitor_waits() const { return !monitor_.empty(); }
  MonitorEvent next_monitor_event(core::Time now);
  /// Whose messages are on their way.
  [[nodiscard]] const std::vector<ConnId>& sending() const { return sending_; }
  Message next_message(ConnId conn);
  /// A dead connection whose data must be fed next, and until when.
  [[nodiscard]] std::optional<std::pair<core::Time, ConnId>> latest_late() const;

  enum class Delivery { done, gone, full };
  Delivery deliver(const core::Send& send, core::Time now);

  [[nodiscard]] const Conn& conn(ConnId id) const { return conns_[id]; }
  Conn& conn(ConnId id) { return conns_[id]; }
  [[nodiscard]] const std::vector<ConnId>& living() const { return living_; }
  [[nodiscard]] std::size_t conns() const { return conns_.size(); }
  /// Every living client that was not turned away has had one outcome for each of its requests.
  void check_outcomes() const;

 private:
  void act_politely(ConnId id, Conn& conn, const core::Limits& limits);
  void act_carelessly(ConnId id, Conn& conn, const core::Limits& limits);
  std::string body(ConnId id, const core::Limits& limits);
  void received(ConnId id, Conn& conn, const core::Send& send);
  void welcomed(ConnId id, Conn& conn, const wire::Welcome& welcome);

  Random& random_;
  Model& model_;
  std::uint64_t fault_percent_;
  std::size_t keys_;
  std::vector<Conn> conns_;
  std::vector<ConnId> living_;
  std::vector<ConnId> sending_;
  std::vector<ConnId> late_;  ///< dead, with data on its way
  std::deque<MonitorEvent> monitor_;
  std::set<int> free_fds_;
  int next_fd_ = 5;
  std::uint32_t next_routing_id_;
  std::uint64_t bodies_ = 0;
  std::unordered_map<std::uint32_t, ConnId> by_routing_id_;
};

}  // namespace rollcall::sim
