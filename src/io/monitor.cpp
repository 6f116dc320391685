#include "io/monitor.hpp"

#include <cstring>

namespace rollcall::io {

Monitor::Monitor(zmq::context_t& context, zmq::socket_t& socket, int events, const std::string& name)
    : watched_(socket), reader_(context, ZMQ_PAIR) {
  const std::string endpoint = "inproc://monitor-" + name;
  reader_.set(zmq::sockopt::rcvhwm, 0);
  reader_.set(zmq::sockopt::linger, 0);
  if (zmq_socket_monitor(watched_.handle(), endpoint.c_str(), events) != 0) throw zmq::error_t();
  reader_.connect(endpoint);
  fd_ = reader_.get(zmq::sockopt::fd);
}

void Monitor::close() {
  if (!reader_) return;
  zmq_socket_monitor(watched_.handle(), nullptr, 0);
  reader_.close();
}

std::optional<Monitor::Event> Monitor::receive() {
  zmq::message_t frame;
  may_have_events_ = reader_.recv(frame, zmq::recv_flags::dontwait).has_value();
  if (!may_have_events_) return std::nullopt;
  Event event;
  const char* bytes = frame.data<char>();
  std::memcpy(&event.kind, bytes, sizeof event.kind);
  std::memcpy(&event.value, bytes + sizeof event.kind, sizeof event.value);
  zmq::message_t address;
  for (bool more = frame.more(); more; more = address.more()) {
    [[maybe_unused]] const auto received = reader_.recv(address);
  }
  return event;
}

}  // namespace rollcall::io
