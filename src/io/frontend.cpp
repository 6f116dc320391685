#include "io/frontend.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "io/clock.hpp"
#include "io/curve.hpp"
#include "io/endpoint_error.hpp"
#include "io/peer_address.hpp"
#include "io/random.hpp"
#include "wire/codec.hpp"

namespace rollcall::io {
namespace {

constexpr int monitored_events = ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
constexpr int handshake_ms_max = 3000;  // a peer that connects and says nothing is let go after this
constexpr int pending_connections_max = 4096;
// Messages between two looks at everything else: as many as a batch, and few enough that a flood delays nothing by more
// than a fraction of a millisecond.
constexpr std::size_t burst_messages_max = 1024;
constexpr std::size_t burst_bytes_max = std::size_t{1} << 20U;
// A message may have one part. Who sends more than this has no excuse, and reading them is what costs time.
constexpr std::size_t bearable_parts_max = 64;
constexpr std::size_t burst_parts_max = 8192;
constexpr int linger_ms = 1000;  // for what was said last, when the server ends
// A part that is too large gets an error as long as it is no larger than this; a larger one costs its sender the
// connection.
std::size_t part_bytes_max(const core::Limits& limits) { return 2 * limits.message_bytes_max; }

// What a connection leaves unread at its end is worth giving back from here on.
constexpr std::size_t much_memory = std::size_t{1} << 20U;

int high_water_mark(const core::Limits& limits) {
  // libzmq tells of places that have become free in halves of this mark, so half of it is all that can be relied on:
  // the answers to a full window, as many errors, what a watcher has not acknowledged, and some. Neither a client's
  // requests nor their answers ever meet it.
  constexpr std::uint32_t for_watcher = core::unacknowledged_changes_max + core::snapshot_pages_max;
  return static_cast<int>(2 * std::max<std::uint32_t>(2 * limits.window + for_watcher + 100, 500));
}

/// libzmq takes a Unix socket's path away from a server that is still there; so it is asked first whether one answers.
bool is_served_already(const std::string& endpoint) {
  constexpr std::string_view ipc = "ipc://";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!endpoint.starts_with(ipc) || endpoint.size() - ipc.size() >= sizeof address.sun_path) return false;
  endpoint.copy(address.sun_path, sizeof address.sun_path - 1, ipc.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + endpoint.size() - ipc.size());
  const bool answered = connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 || errno == EAGAIN;
  close(fd);
  return answered;
}

}  // namespace

Frontend::Frontend(zmq::context_t& context, const Options& options)
    : router_(make_router(context, options)),
      routing_ids_(context, router_),
      monitor_(context, router_, monitored_events, "frontend"),
      listeners_(context.get(zmq::ctxopt::io_threads)),
      unread_(options.limits),
      tcp_watch_(part_bytes_max(options.limits), options.heartbeat, options.heartbeat_timeout),
      fd_(router_.get(zmq::sockopt::fd)),
      burst_(burst_messages_max) {}

zmq::socket_t Frontend::make_router(zmq::context_t& context, const Options& options) {
  seed_libzmq_routing_ids();
  zmq::socket_t router(context, ZMQ_ROUTER);
  if (!options.secret_key.empty()) serve_with_curve(router, options.secret_key);
  router.set(zmq::sockopt::linger, linger_ms);
  router.set(zmq::sockopt::router_mandatory, true);
  router.set(zmq::sockopt::rcvhwm, high_water_mark(options.limits));
  router.set(zmq::sockopt::sndhwm, high_water_mark(options.limits));
  router.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(part_bytes_max(options.limits)));
  router.set(zmq::sockopt::handshake_ivl, handshake_ms_max);
  router.set(zmq::sockopt::backlog, pending_connections_max);
  router.set(zmq::sockopt::heartbeat_ivl, static_cast<int>(options.heartbeat.count()));
  router.set(zmq::sockopt::heartbeat_timeout, static_cast<int>(options.heartbeat_timeout.count()));
  return router;
}

std::string Frontend::bind(const std::string& endpoint) {
  const bool is_tcp = endpoint.starts_with("tcp://");
  if (is_served_already(endpoint)) throw EndpointError(endpoint, std::strerror(EADDRINUSE));
  try {
    // On an IPv4 address this option would turn peers' addresses into IPv6 ones.
    router_.set(zmq::sockopt::ipv6, endpoint.find('[') != std::string::npos);
    router_.set(zmq::sockopt::affinity, is_tcp ? Listeners::first_thread : std::uint64_t{0});
    router_.bind(endpoint);
    const std::string bound = router_.get(zmq::sockopt::last_endpoint);
    drain_monitor();
    if (is_tcp) {
      listening_.push_back(tcp_ends(listening_fd_));
      listeners_.share(router_, listening_fd_, bound);
    }
    return bound;
  } catch (const std::exception& error) {
    throw EndpointError(endpoint, error.what());
  }
}

bool Frontend::receive_monitor(core::ServerEvent& event) {
  if (waiting_.empty()) drain_monitor();
  if (waiting_.empty()) return false;
  event = std::move(waiting_.front());
  waiting_.pop_front();
  if (const auto* closed = std::get_if<core::Closed>(&event)) --descriptor(closed->fd).ends_waiting;
  return true;
}

void Frontend::drain_monitor() {
  while (const auto happened = monitor_.receive()) {
    switch (happened->kind) {
      case ZMQ_EVENT_LISTENING:
        listening_fd_ = happened->value;
        break;
      case ZMQ_EVENT_ACCEPTED:
        accepted(happened->value);
        break;
      case ZMQ_EVENT_DISCONNECTED:
        disconnected(happened->value);
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        waiting_.emplace_back(core::Refused{core::Refusal::unauthorized});
        break;
      default:
        waiting_.emplace_back(core::Refused{core::Refusal::failed_handshake});
        break;
    }
  }
}

void Frontend::accepted(int fd) {
  routing_ids_.accepted();
  waiting_.emplace_back(core::Opened{fd, peer_address(fd)});
  Descriptor& accepted = descriptor(fd);
  if (accepted.open) end(accepted);  // where its end was never told
  accepted.ends = tcp_ends(fd);
  begin(fd, accepted);
  if (!std::exchange(accepted.ended_early, false)) return;
  end(accepted);
  tell_end(fd, accepted);
}

void Frontend::disconnected(int fd) {
  Descriptor& ended = descriptor(fd);
  if (!ended.open) {
    // Another I/O thread may tell the end of a short connection before the accepting one tells its beginning.
    ended.ended_early = true;
    return;
  }
  end(ended);
  tell_end(fd, ended);
}

void Frontend::begin(int fd, Descriptor& accepted) {
  accepted.open = true;
  accepted.is_frozen = false;
  accepted.io_thread = listeners_.opened();
  tcp_watch_.opened(fd, clock_now());
  ++tally_.open;
  if (accepted.ends.family == 0) return;
  ++tally_.open_tcp;
  ++tally_.tcp_began;
}

void Frontend::end(Descriptor& ended) {
  ended.open = false;
  listeners_.closed(ended.io_thread);
  --tally_.open;
  if (ended.ends.family == 0) return;
  --tally_.open_tcp;
  ++tally_.tcp_ended;
}

void Frontend::tell_end(int fd, Descriptor& ended) {
  if (unread_.most_bytes(fd) >= much_memory) much_is_freed_ = true;
  core::Closed closed{fd};
  if (ended.ends.family != 0) {
    const core::Time now = clock_now();
    closed.silent = tcp_watch_.silence(fd, now);
    closed.timed_out = has_timed_out(fd, ended, now);
  }
  if (ended.is_frozen) closed.timed_out = true;
  unread_.ended(fd);
  tcp_watch_.ended(fd);
  if (ended.ends_waiting++ == 0) ended.end = closed;
  waiting_.emplace_back(closed);
}

// libzmq does not say why it has ended a connection. Where heartbeats were not answered, it closes its own side first;
// where the peer is gone, the peer's side was closed first.
bool Frontend::has_timed_out(int fd, const Descriptor& ended, core::Time now) {
  return tcp_watch_.may_have_timed_out(fd, now) && is_given_up(sock_diag_.state_of(ended.ends));
}

std::optional<core::Closed> Frontend::waiting_end(int fd) {
  drain_monitor();  // libzmq tells of an end before it takes the peer off its list
  const Descriptor& ended = descriptor(fd);
  return ended.ends_waiting > 0 ? std::optional(ended.end) : std::nullopt;
}

std::optional<core::Clogged> Frontend::most_over_bound() {
  const auto clogged = unread_.most_over_bound();
  if (clogged) much_is_freed_ = true;
  return clogged;
}

std::optional<core::Time> Frontend::next_look() const noexcept {
  const auto look = tcp_watch_.next_look();
  const auto due = memory_return_.due();
  return look && due ? std::min(*look, *due) : look ? look : due;
}

std::vector<int> Frontend::look(core::Time now) {
  TcpWatch::Found found = tcp_watch_.look(now);
  for (const int fd : found.frozen) {
    const core::Address address = peer_address(fd);
    if (cut({fd, &address})) descriptor(fd).is_frozen = true;
  }
  if (std::exchange(much_is_freed_, false) || !found.endless.empty()) memory_return_.plan(now);
  if (memory_return_.run(now) && unread_.written_off_bytes() >= much_memory) memory_return_.plan(now);
  return std::move(found.endless);
}

bool Frontend::cut(const core::Cut& cut) {
  return cutter_.cut(cut.fd, *cut.address, [this, &cut] {
    drain_monitor();  // libzmq tells of an end before it closes the descriptor, so whoever took its place is known now
    const Descriptor& meant = descriptor(cut.fd);
    return meant.open && meant.ends_waiting == 0;
  });
}

Frontend::Descriptor& Frontend::descriptor(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= descriptors_.size()) descriptors_.resize(index + 1);
  return descriptors_[index];
}

// cppzmq's recv asks for the size on the way, which in this place can be measured.
bool Frontend::receive(zmq::message_t& part) {
  if (zmq_msg_recv(part.handle(), router_.handle(), ZMQ_DONTWAIT) >= 0) return true;
  if (zmq_errno() != EAGAIN) throw zmq::error_t();
  return false;
}

bool Frontend::receive(Incoming& message) {
  message.delimited = message.many_parts = message.far_too_many_parts = false;
  if (!receive(message.routing_id) || !receive(message.part)) return false;
  bool more = message.part.more();
  if (more && message.part.size() == 0) {
    message.delimited = true;
    if (!receive(message.part)) return false;
    more = message.part.more();
  }
  message.many_parts = skips_parts_ = more;
  message.far_too_many_parts = more && skip_parts() > bearable_parts_max;
  return true;
}

std::size_t Frontend::skip_parts() {
  zmq::message_t rest;
  std::size_t parts = 0;
  while (skips_parts_ && parts < burst_parts_max) {
    ++parts;
    skips_parts_ = receive(rest) && rest.more();
  }
  return parts;
}

std::span<Frontend::Incoming> Frontend::receive(core::Time now) {
  tcp_watch_.reading();
  std::size_t count = 0;
  std::size_t bytes = 0;
  may_have_messages_ = true;
  if (skips_parts_) skip_parts();
  while (!skips_parts_ && count < burst_.size() && bytes < burst_bytes_max) {
    if (!receive(burst_[count])) {
      may_have_messages_ = false;
      tcp_watch_.read_empty(now);
      break;
    }
    if (burst_[count].far_too_many_parts) bytes = burst_bytes_max;
    bytes += burst_[count++].part.size();
  }
  return std::span(burst_).first(count);
}

std::variant<std::uint32_t, core::Refusal> Frontend::sender(const Incoming& message) const noexcept {
  return routing_ids_.check(message.routing_id);
}

int Frontend::fd_of(Incoming& message) { return zmq_msg_get(message.part.handle(), ZMQ_SRCFD); }

core::Received Frontend::event(const Incoming& message, std::uint32_t sender, int fd) noexcept {
  return {sender, fd, message.delimited, message.many_parts, message.part.to_string_view(), {}, {}};
}

Frontend::Sent Frontend::send(const core::Send& message, int fd) {
  zmq::message_t routing_id = routing_id_message(message.routing_id);
  if (fd < 0 || message.part.size() <= Unread::small_part_bytes_max) {
    return send_to(std::move(routing_id), message.delimited, part_message(message.part));
  }
  auto part = unread_.message(fd, message.routing_id, message.part);
  return part ? send_to(std::move(routing_id), message.delimited, std::move(*part)) : Sent::full;
}

Frontend::Sent Frontend::send_to(zmq::message_t routing_id, bool delimited, zmq::message_t part) {
  constexpr auto more = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
  may_have_messages_ = true;
  // With ROUTER_MANDATORY the first part says whether the whole message can be sent.
  try {
    if (!router_.send(routing_id, more)) return Sent::full;
  } catch (const zmq::error_t& error) {
    if (error.num() == EHOSTUNREACH) return Sent::gone;
    throw;
  }
  if (delimited) router_.send(zmq::message_t{}, more);
  router_.send(part, zmq::send_flags::dontwait);
  return Sent::yes;
}

// A greeting is one byte too long for what zmq_msg_t holds without an allocation, and the same for all clients until
// somebody comes or goes. So a part that equals the one before it shares its memory.
zmq::message_t Frontend::part_message(std::string_view part) {
  zmq::message_t message;
  if (part.size() > Unread::small_part_bytes_max) {
    message.rebuild(part.data(), part.size());
    return message;
  }
  if (last_part_.to_string_view() != part) last_part_.rebuild(part.data(), part.size());
  message.copy(last_part_);
  return message;
}

void Frontend::close(bool patiently) {
  monitor_.close();
  if (!patiently) router_.set(zmq::sockopt::linger, 0);
  router_.close();
}

namespace {

wire::Error error_for(core::Refusal reason) {
  if (reason == core::Refusal::unauthorized) {
    return {0, wire::ErrorCode::unauthorized, "the key of this connection is not allowed"};
  }
  const bool no_connection = reason == core::Refusal::no_connection;
  return {0, wire::ErrorCode::routing_id_refused,
          no_connection ? "ZMTP 3 or later is needed: this peer's connection can't be watched"
                        : "chosen routing ids are refused: leave ZMQ_ROUTING_ID unset"};
}

}  // namespace

void Frontend::refuse(Incoming& message, core::Refusal reason) {
  std::string part;
  wire::encode(error_for(reason), part);
  // Whether it arrives makes no difference to the server.
  send_to(std::move(message.routing_id), message.delimited, part_message(part));
}

}  // namespace rollcall::io
