// Which routing ids libzmq has given out, and which a peer made up.
//
// libzmq gives a ROUTER's peers 5-byte ids: a zero, then a 32-bit counter, big-endian, that starts at random. A peer
// may instead choose an id in its handshake, and libzmq 4.3.4 accepts even one of that same form, with which it could
// pose as the newest connection on somebody else's old file descriptor. So the counter's start is learnt before the
// first peer can connect, and an id is believed only if the counter can have come to it by the number of connections
// accepted since. One thread.
#pragma once

#include <cstdint>
#include <variant>
#include <zmq.hpp>

#include "core/events.hpp"

namespace rollcall::io {

class RoutingIds {
 public:
  /// Learns the counter's present value by connecting to `router` inside the process; nothing else may be connected
  /// yet.
  RoutingIds(zmq::context_t& context, zmq::socket_t& router);

  /// One more connection was accepted, and may get the next id.
  void accepted() noexcept { ++accepted_; }

  /// The counter value in a routing id, or why it is refused.
  [[nodiscard]] std::variant<std::uint32_t, core::Refusal> check(const zmq::message_t& routing_id) const noexcept;

 private:
  std::uint32_t base_ = 0;
  std::uint64_t accepted_ = 0;
};

/// The routing id of a counter value, for sending. 5 bytes.
[[nodiscard]] zmq::message_t routing_id_message(std::uint32_t counter);

}  // namespace rollcall::io
