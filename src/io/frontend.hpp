// The server's ROUTER socket and its monitor: the only door through which clients come. Turns libzmq's facts into the
// core's events.
//
// One thread. Sends never block: what a peer cannot take at once is reported, not waited for.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <zmq.hpp>

#include "core/events.hpp"
#include "io/monitor.hpp"
#include "io/routing_ids.hpp"

namespace rollcall::io {

class Frontend {
 public:
  struct Options {
    core::Limits limits;
    std::chrono::milliseconds heartbeat{4000};          ///< between two PINGs to a client
    std::chrono::milliseconds heartbeat_timeout{1000};  ///< for its PONG
  };

  Frontend(zmq::context_t& context, const Options& options);

  /// Binds and returns the endpoint as it is now (with the port, where it was 0). Throws EndpointError.
  std::string bind(const std::string& endpoint);

  /// The next monitor event. False when none is waiting.
  bool receive_monitor(core::ServerEvent& event);

  enum class Got { nothing, message, refused };
  /// The next message, or Refused, in `event`; views live until the next call. A refused peer has been told why.
  Got receive(core::ServerEvent& event);

  enum class Sent { yes, gone, full };
  Sent send(const core::Send& message);

  /// Ends; with `patiently`, what was sent last still has up to a second to go out, in zmq::context_t::close().
  void close(bool patiently);

  [[nodiscard]] zmq::socket_ref socket() noexcept { return router_; }
  [[nodiscard]] zmq::socket_ref monitor_socket() noexcept { return monitor_.socket(); }

 private:
  /// Moves what the monitor has into waiting_.
  void drain_monitor();
  [[nodiscard]] std::variant<std::uint32_t, core::Refusal> identify(const zmq::message_t& routing_id);
  zmq::socket_t make_router(zmq::context_t& context, const Options& options);
  Sent send_to(zmq::message_t routing_id, bool delimited, std::string_view part);
  void refuse(zmq::message_t routing_id, bool delimited, core::Refusal reason);

  zmq::socket_t router_;
  RoutingIds routing_ids_;
  Monitor monitor_;
  std::deque<core::ServerEvent> waiting_;  ///< of the monitor, in order
  zmq::message_t routing_id_;
  zmq::message_t part_;
};

}  // namespace rollcall::io
