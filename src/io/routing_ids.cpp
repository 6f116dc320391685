#include "io/routing_ids.hpp"

#include <cassert>

namespace rollcall::io {
namespace {

constexpr std::size_t id_bytes = 5;

std::uint32_t counter_of(const zmq::message_t& routing_id) noexcept {
  const auto* bytes = routing_id.data<unsigned char>();
  std::uint32_t counter = 0;
  for (std::size_t i = 1; i < id_bytes; ++i) counter = (counter << 8U) | bytes[i];
  return counter;
}

}  // namespace

RoutingIds::RoutingIds(zmq::context_t& context, zmq::socket_t& router) {
  constexpr const char* endpoint = "inproc://routing-ids";
  router.bind(endpoint);
  {
    zmq::socket_t probe(context, ZMQ_DEALER);
    probe.set(zmq::sockopt::linger, 0);
    probe.connect(endpoint);
    probe.send(zmq::message_t{}, zmq::send_flags::none);
    zmq::message_t routing_id;
    zmq::message_t empty;
    [[maybe_unused]] auto received = router.recv(routing_id);
    received = router.recv(empty);
    assert(routing_id.size() == id_bytes);
    base_ = counter_of(routing_id);
  }
  router.unbind(endpoint);
}

std::variant<std::uint32_t, core::Refusal> RoutingIds::check(const zmq::message_t& routing_id) const noexcept {
  if (routing_id.size() != id_bytes || routing_id.data<unsigned char>()[0] != 0) {
    return core::Refusal::chosen_routing_id;
  }
  const std::uint32_t counter = counter_of(routing_id);
  const std::uint32_t distance = counter - base_;
  if (accepted_ < UINT32_MAX && (distance == 0 || distance > accepted_)) return core::Refusal::forged_routing_id;
  return counter;
}

zmq::message_t routing_id_message(std::uint32_t counter) {
  zmq::message_t message(id_bytes);
  auto* bytes = message.data<unsigned char>();
  bytes[0] = 0;
  for (std::size_t i = id_bytes; i-- > 1; counter >>= 8U) bytes[i] = static_cast<unsigned char>(counter & 0xFFU);
  return message;
}

}  // namespace rollcall::io
