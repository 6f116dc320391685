#include "io/client_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "io/clock.hpp"
#include "io/endpoint_error.hpp"
#include "io/peer_address.hpp"
#include "io/signals.hpp"

namespace rollcall::io {
namespace {

constexpr int connect_ms_max = 2000;  // for a connection to stand, and then for the handshake; then the next try
constexpr int linger_ms = 200;        // for the goodbye
// Another socket makes the next connection. Not -1: then libzmq ends its part of the socket with the connection, and
// drops what has come and is unread, a CLOSING above all.
constexpr int reconnect_ms_never = 3'600'000;
// After which a server that was asked for the roster too often may be asked again.
constexpr std::chrono::seconds listing_pause{1};
// Only a client that had asked for more could exceed this; the server's window is far below.
constexpr int high_water_mark = 100'000;

// A network that was cut is found without the server's help: nothing heard for this long, or nothing acknowledged.
constexpr int keepalive_idle_s = 5;
constexpr int keepalive_interval_s = 2;
constexpr int keepalive_probes = 3;
constexpr int unacknowledged_ms_max = 11'000;

constexpr int monitored_events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                                 ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED;

}  // namespace

/// One socket for one try to connect.
struct ClientLoop::Connection {
  Connection(zmq::context_t& context, const std::string& endpoint, const std::optional<ClientKeys>& keys,
             std::uint64_t number)
      : socket(context, ZMQ_DEALER), monitor(context, socket, monitored_events, "client-" + std::to_string(number)) {
    // Not ZMQ_IMMEDIATE: with it, libzmq drops what has come and is unread when the connection ends, a CLOSING above
    // all.
    if (keys) connect_with_curve(socket, *keys);
    socket.set(zmq::sockopt::linger, linger_ms);
    socket.set(zmq::sockopt::reconnect_ivl, reconnect_ms_never);
    socket.set(zmq::sockopt::connect_timeout, connect_ms_max);
    socket.set(zmq::sockopt::handshake_ivl, connect_ms_max);
    socket.set(zmq::sockopt::tcp_keepalive, 1);
    socket.set(zmq::sockopt::tcp_keepalive_idle, keepalive_idle_s);
    socket.set(zmq::sockopt::tcp_keepalive_intvl, keepalive_interval_s);
    socket.set(zmq::sockopt::tcp_keepalive_cnt, keepalive_probes);
    socket.set(zmq::sockopt::tcp_maxrt, unacknowledged_ms_max);
    socket.set(zmq::sockopt::sndhwm, high_water_mark);
    socket.set(zmq::sockopt::rcvhwm, high_water_mark);
    socket.set(zmq::sockopt::ipv6, endpoint.find('[') != std::string::npos);
    try {
      socket.connect(endpoint);
    } catch (const zmq::error_t& error) {
      throw EndpointError(endpoint, error.what());
    }
  }

  zmq::socket_t socket;
  Monitor monitor;
};

ClientLoop::ClientLoop(std::vector<std::string> endpoints, std::string name, std::optional<ClientKeys> keys,
                       Report report)
    : endpoints_(std::move(endpoints)),
      keys_(std::move(keys)),
      report_(std::move(report)),
      core_(std::move(name)),
      connection_(std::make_unique<Connection>(context_, endpoints_.front(), keys_, connections_++)),
      thread_([this] { run(); }) {}

ClientLoop::~ClientLoop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wakeup_.signal();
  thread_.join();
}

std::uint64_t ClientLoop::ask(std::string body, bool idempotent) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_id_;
  commands_.emplace_back(Ask{id, std::move(body), idempotent});
  wakeup_.signal();
  return id;
}

std::uint64_t ClientLoop::roster() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t call = ++roster_calls_;
  commands_.emplace_back(Roster{call});
  wakeup_.signal();
  return call;
}

void ClientLoop::watch() { put(Watch{}); }

void ClientLoop::unwatch() { put(Unwatch{}); }

void ClientLoop::leave() { put(Leave{}); }

void ClientLoop::put(Command command) {
  const std::lock_guard lock(mutex_);
  commands_.push_back(std::move(command));
  wakeup_.signal();
}

void ClientLoop::run() {
  block_all_signals();
  for (;;) {
    wait();
    wakeup_.take();  // before anything that it stands for is looked at, so that none is missed
    {
      const std::lock_guard lock(mutex_);
      if (ending_) break;
    }
    if (connection_) {
      read_monitor();
      read_messages();
    }
    take_commands();
    if (std::exchange(reconnect_, false)) give_up_connection();
    connect_when_due();
    go_on_listing_when_due();
    flush();
  }
  take_commands();  // a goodbye, above all, that was said just before the end
  flush();
  connection_.reset();
}

void ClientLoop::give_up_connection() {
  if (!connection_) return;
  // What this connection did not take is not for the next one, and nobody waits for it.
  connection_->socket.set(zmq::sockopt::linger, 0);
  connection_.reset();
  connect_at_ = clock_now() + backoff_.next(std::uniform_real_distribution<>(0, 1)(random_));
  // The session is at the server that was lost, if that is still there.
  if (!std::exchange(may_be_back_, false)) turn_to_next_server();
}

void ClientLoop::turn_to_next_server() {
  if (endpoints_.size() == 1) return;
  endpoint_ = (endpoint_ + 1) % endpoints_.size();
  core_.change_server();
}

void ClientLoop::connect_when_due() {
  if (connection_ || core_.state() == core::ClientState::closed || clock_now() < connect_at_) return;
  try {
    connection_ = std::make_unique<Connection>(context_, endpoints_[endpoint_], keys_, connections_++);
  } catch (const EndpointError&) {
    connect_at_ = clock_now() + core::Backoff::most;  // such as an interface that is not there now
    turn_to_next_server();
  }
}

void ClientLoop::go_on_listing_when_due() {
  if (!list_at_ || clock_now() < *list_at_) return;
  list_at_.reset();
  carry_out(core_.go_on_listing());
}

int ClientLoop::wait_ms() const {
  if (!list_at_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*list_at_ - clock_now());
  return static_cast<int>(std::max(left.count(), std::chrono::milliseconds::rep{0}));
}

void ClientLoop::wait() {
  if (!connection_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(connect_at_ - clock_now());
    pollfd woken{wakeup_.fd(), POLLIN, 0};
    const bool ended = core_.state() == core::ClientState::closed;
    ::poll(&woken, 1, ended ? -1 : static_cast<int>(std::max(left.count(), std::chrono::milliseconds::rep{0})));
    return;
  }
  const bool unsent = outbox_sent_ < outbox_.size();
  std::array<zmq::pollitem_t, 3> items = {{
      {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0},
      {connection_->monitor.socket().handle(), 0, ZMQ_POLLIN, 0},
      {connection_->socket.handle(), 0, static_cast<short>(unsent ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN), 0},
  }};
  zmq::poll(items.data(), items.size(), std::chrono::milliseconds{wait_ms()});
}

void ClientLoop::take_commands() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (Command& command : commands) carry_out(obey(command));
}

core::ClientCore::Effects ClientLoop::obey(Command& command) {
  if (auto* ask = std::get_if<Ask>(&command)) return core_.ask(ask->id, std::move(ask->body), ask->idempotent);
  if (const auto* roster = std::get_if<Roster>(&command)) return core_.roster(roster->call);
  if (std::holds_alternative<Watch>(command)) return core_.watch();
  if (std::holds_alternative<Unwatch>(command)) return core_.unwatch();
  return core_.leave();
}

void ClientLoop::read_monitor() {
  while (const auto event = connection_->monitor.receive()) {
    if (event->kind == ZMQ_EVENT_CONNECTED) {
      own_address_ = local_address(event->value);
    } else if (event->kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
      carry_out(core_.connected());
    } else if (event->kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
      carry_out(core_.refused(wire::ErrorCode::unauthorized, "it does not know this client's key"));
    } else {
      const bool in_handshake = core_.state() == core::ClientState::connecting;
      if (in_handshake && event->kind == ZMQ_EVENT_DISCONNECTED) ++failed_handshakes_;
      read_messages();  // what came before the connection ended counts
      carry_out(core_.lost());
      reconnect_ = true;
      return;
    }
  }
}

void ClientLoop::read_messages() {
  zmq::message_t part;
  while (!reconnect_ && connection_->socket.recv(part, zmq::recv_flags::dontwait)) {
    // A server never sends more than one part to a DEALER that sent one; what it is then, is none of the protocol's.
    if (!part.more()) carry_out(core_.received(part.to_string_view()));
  }
}

void ClientLoop::flush() {
  if (!connection_) return;
  for (; outbox_sent_ < outbox_.size(); ++outbox_sent_) {
    const std::string& part = outbox_[outbox_sent_];
    if (!connection_->socket.send(zmq::const_buffer(part.data(), part.size()), zmq::send_flags::dontwait)) return;
  }
  outbox_.clear();
  outbox_sent_ = 0;
}

void ClientLoop::carry_out(core::ClientCore::Effects effects) {
  for (core::ClientEffect& effect : effects) {
    if (const auto* send = std::get_if<core::ClientSend>(&effect)) {
      outbox_.push_back(send->part);
    } else if (std::holds_alternative<core::ClientReconnect>(effect)) {
      reconnect_ = true;
      outbox_.clear();
      outbox_sent_ = 0;
    } else if (std::holds_alternative<core::ClientRosterPaused>(effect)) {
      list_at_ = clock_now() + listing_pause;
    } else {
      if (std::holds_alternative<core::ClientWelcomed>(effect)) {
        backoff_.reset();
        may_be_back_ = true;
      } else if (std::holds_alternative<core::ClientClosing>(effect)) {
        may_be_back_ = false;
      }
      report_(effect, own_address_);
    }
  }
}

}  // namespace rollcall::io
