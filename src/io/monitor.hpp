// A socket's monitor: what happens to its connections, in the order in which libzmq's I/O thread saw it.
//
// libzmq sends these events with a blocking send, so an unread monitor would in the end stop all traffic: the reading
// side here has no bound on its queue, and its owner drains it in every turn. One thread, the same as the socket's;
// must end before the socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <zmq.hpp>

namespace rollcall::io {

class Monitor {
 public:
  /// Begins to watch `socket` for `events` (ZMQ_EVENT_… or-ed). Call before bind or connect. `name` must be unique in
  /// the context.
  Monitor(zmq::context_t& context, zmq::socket_t& socket, int events, const std::string& name);
  ~Monitor() { close(); }
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  struct Event {
    std::uint16_t kind = 0;  ///< ZMQ_EVENT_…
    std::int32_t value = 0;  ///< the file descriptor, for ACCEPTED, CONNECTED and DISCONNECTED
  };
  /// The next event; nothing when none is waiting.
  std::optional<Event> receive();
  /// Stops to watch; the socket must still be open.
  void close();
  /// For zmq_poll(3).
  [[nodiscard]] zmq::socket_ref socket() noexcept { return reader_; }
  /// For poll(2): readable when receive() may have something. Tells it once; so does may_have_events().
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool may_have_events() const noexcept { return may_have_events_; }

 private:
  zmq::socket_t& watched_;
  zmq::socket_t reader_;
  int fd_ = -1;
  bool may_have_events_ = true;
};

}  // namespace rollcall::io
