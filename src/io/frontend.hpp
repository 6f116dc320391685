// The server's ROUTER socket and its monitor: the only door through which clients come. Turns libzmq's facts into the
// core's events.
//
// One thread. Sends never block: what a peer cannot take at once is reported, not waited for.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
#include <zmq.hpp>

#include "core/events.hpp"
#include "io/cutter.hpp"
#include "io/listeners.hpp"
#include "io/memory_return.hpp"
#include "io/monitor.hpp"
#include "io/routing_ids.hpp"
#include "io/sock_diag.hpp"
#include "io/tcp_watch.hpp"
#include "io/unread.hpp"

namespace rollcall::io {

class Frontend {
 public:
  struct Options {
    core::Limits limits;
    std::string secret_key;                             ///< of CURVE; empty: without
    std::chrono::milliseconds heartbeat{4000};          ///< between two PINGs to a client
    std::chrono::milliseconds heartbeat_timeout{1000};  ///< for its PONG
  };

  Frontend(zmq::context_t& context, const Options& options);

  /// Binds and returns the endpoint as it is now (with the port, where it was 0). Throws EndpointError.
  std::string bind(const std::string& endpoint);

  /// The next monitor event. False when none is waiting.
  bool receive_monitor(core::ServerEvent& event);

  struct Incoming {
    zmq::message_t routing_id;
    zmq::message_t part;
    bool delimited = false;
    bool many_parts = false;
    bool far_too_many_parts = false;  ///< so that reading them was work; the rest of them may still have to be read
  };
  /// Reads what is waiting, a burst of it at most. Valid until the next call; the caller may move from it. `now`: the
  /// time, or a little before.
  std::span<Incoming> receive(core::Time now);
  /// Who sent it: the number in its routing id, or why this peer is turned away.
  [[nodiscard]] std::variant<std::uint32_t, core::Refusal> sender(const Incoming& message) const noexcept;
  /// The descriptor on which it came; -1 when libzmq does not know. Takes a quarter of the time of receiving it: for
  /// senders that are not known yet.
  [[nodiscard]] static int fd_of(Incoming& message);
  /// A view of `message`.
  [[nodiscard]] static core::Received event(const Incoming& message, std::uint32_t sender, int fd) noexcept;
  /// Tells its sender why it is turned away.
  void refuse(Incoming& message, core::Refusal reason);

  enum class Sent { yes, gone, full };  ///< but for yes: waiting_end() may tell why
  /// `fd`: of its receiver's connection, where the part is not a small one (unread.hpp).
  Sent send(const core::Send& message, int fd = -1);
  /// The end of the connection on `fd` that receive_monitor() has yet to give: its peer may be found gone before that.
  [[nodiscard]] std::optional<core::Closed> waiting_end(int fd);
  /// Whose connection has to end, since all clients together leave too much unread.
  [[nodiscard]] std::optional<core::Clogged> most_over_bound();

  /// Connections as the monitor has told of them.
  struct Tally {
    std::size_t open = 0;
    std::size_t open_tcp = 0;     ///< of them
    std::uint64_t tcp_began = 0;  ///< in all
    std::uint64_t tcp_ended = 0;
  };
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }
  /// Where TCP connections are accepted.
  [[nodiscard]] const std::vector<TcpEnds>& listening() const noexcept { return listening_; }

  /// Of large answers, that no client has read yet (unread.hpp).
  [[nodiscard]] std::size_t unread_bytes() const { return unread_.total_bytes(); }

  /// For tcp_watch.hpp: a message came on `fd`; when look() is due; the connections that are endless. Those that are
  /// frozen are cut.
  void heard(int fd, core::Time now) { tcp_watch_.heard(fd, now); }
  [[nodiscard]] std::optional<core::Time> next_look() const noexcept;
  [[nodiscard]] std::vector<int> look(core::Time now);

  /// Ends a connection: its Closed follows. False: that is on its way already.
  bool cut(const core::Cut& cut);

  /// Ends; with `patiently`, what was sent last still has up to a second to go out, in zmq::context_t::close().
  void close(bool patiently);

  /// For poll(2): readable when receive() may have something. Tells it once; so does may_have_messages(), for news that
  /// libzmq took in while it was doing something else.
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool may_have_messages() const noexcept { return may_have_messages_; }
  /// The same for receive_monitor().
  [[nodiscard]] int monitor_fd() const noexcept { return monitor_.fd(); }
  [[nodiscard]] bool has_monitor_events() const noexcept { return !waiting_.empty() || monitor_.may_have_events(); }

 private:
  /// Moves what the monitor has into waiting_, each connection's beginning before its end.
  void drain_monitor();
  void accepted(int fd);
  void disconnected(int fd);
  struct Descriptor {
    bool open = false;
    bool ended_early = false;
    bool is_frozen = false;          ///< and has been cut for it
    std::uint32_t ends_waiting = 0;  ///< Closed events of it in waiting_
    core::Closed end;                ///< the first since there was none
    std::uint8_t io_thread = 0;      ///< for which it counts
    TcpEnds ends;
  };
  Descriptor& descriptor(int fd);
  void begin(int fd, Descriptor& accepted);
  void end(Descriptor& ended);
  void tell_end(int fd, Descriptor& ended);
  [[nodiscard]] bool has_timed_out(int fd, const Descriptor& ended, core::Time now);
  bool receive(zmq::message_t& part);
  bool receive(Incoming& message);
  /// Reads the rest of a message of many parts, for a burst at most; skips_parts_ tells whether there is more of it.
  /// Returns how many.
  std::size_t skip_parts();
  zmq::socket_t make_router(zmq::context_t& context, const Options& options);
  zmq::message_t part_message(std::string_view part);
  Sent send_to(zmq::message_t routing_id, bool delimited, zmq::message_t part);

  zmq::socket_t router_;
  RoutingIds routing_ids_;
  Monitor monitor_;
  Listeners listeners_;
  Cutter cutter_;
  Unread unread_;
  TcpWatch tcp_watch_;
  MemoryReturn memory_return_;
  bool much_is_freed_ = false;  ///< since the last look
  SockDiag sock_diag_;
  Tally tally_;
  std::vector<TcpEnds> listening_;
  int listening_fd_ = -1;                  ///< of the last bind
  std::deque<core::ServerEvent> waiting_;  ///< of the monitor, in order
  std::vector<Descriptor> descriptors_;    ///< as the monitor has told of them
  int fd_ = -1;
  bool skips_parts_ = false;       ///< the last message has parts that were not read
  bool may_have_messages_ = true;  ///< the socket was used since receive() said that there is none
  std::vector<Incoming> burst_;
  zmq::message_t last_part_;
};

}  // namespace rollcall::io
