#include "io/routing_ids.hpp"

#include <arpa/inet.h>

#include <cassert>
#include <cstring>

namespace rollcall::io {
namespace {

constexpr std::size_t id_bytes = 5;

std::uint32_t counter_of(const zmq::message_t& routing_id) noexcept {
  std::uint32_t counter = 0;
  std::memcpy(&counter, routing_id.data<unsigned char>() + 1, sizeof counter);
  return ntohl(counter);
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
  counter = htonl(counter);
  std::memcpy(bytes + 1, &counter, sizeof counter);
  return message;
}

}  // namespace rollcall::io
