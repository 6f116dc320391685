#include "io/client_loop.hpp"

#include <array>
#include <csignal>
#include <utility>

#include "io/endpoint_error.hpp"

namespace rollcall::io {
namespace {

constexpr int reconnect_ms = 50;
constexpr int reconnect_ms_max = 1000;
constexpr int linger_ms = 200;  // for the goodbye
// Only a client that had asked for more could exceed this; the server's window is far below.
constexpr int high_water_mark = 100'000;

/// No signal is delivered to this thread, nor to libzmq's.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace

/// One socket for one connection: libzmq may retry until it stands, but it is not used again once it was lost.
struct ClientLoop::Connection {
  Connection(zmq::context_t& context, const std::string& endpoint, std::uint64_t number)
      : socket(context, ZMQ_DEALER),
        monitor(context, socket, ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED,
                "client-" + std::to_string(number)) {
    // Not ZMQ_IMMEDIATE: with it, libzmq drops what has come and is unread when the connection ends, a CLOSING above
    // all.
    socket.set(zmq::sockopt::linger, linger_ms);
    socket.set(zmq::sockopt::reconnect_ivl, reconnect_ms);
    socket.set(zmq::sockopt::reconnect_ivl_max, reconnect_ms_max);
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

ClientLoop::ClientLoop(std::string endpoint, std::string name, Report report)
    : endpoint_(std::move(endpoint)),
      report_(std::move(report)),
      core_(std::move(name)),
      connection_(std::make_unique<Connection>(context_, endpoint_, 0)),
      thread_([this] { run(); }) {}

ClientLoop::~ClientLoop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wakeup_.signal();
  thread_.join();
}

std::uint64_t ClientLoop::ask(std::string body) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_id_;
  commands_.emplace_back(Ask{id, std::move(body)});
  wakeup_.signal();
  return id;
}

void ClientLoop::leave() {
  const std::lock_guard lock(mutex_);
  commands_.emplace_back(Leave{});
  wakeup_.signal();
}

void ClientLoop::run() {
  block_signals();
  std::uint64_t connections = 1;
  for (;;) {
    wait();
    wakeup_.take();  // before anything that it stands for is looked at, so that none is missed
    {
      const std::lock_guard lock(mutex_);
      if (ending_) break;
    }
    read_monitor();
    read_messages();
    take_commands();
    if (std::exchange(reconnect_, false)) {
      // What this connection did not take is not for the next one, and nobody waits for it.
      connection_->socket.set(zmq::sockopt::linger, 0);
      connection_.reset();
      connection_ = std::make_unique<Connection>(context_, endpoint_, connections++);
    }
    flush();
  }
  take_commands();  // a goodbye, above all, that was said just before the end
  flush();
  connection_.reset();
}

void ClientLoop::wait() {
  const bool unsent = outbox_sent_ < outbox_.size();
  std::array<zmq::pollitem_t, 3> items = {{
      {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0},
      {connection_->monitor.socket().handle(), 0, ZMQ_POLLIN, 0},
      {connection_->socket.handle(), 0, static_cast<short>(unsent ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN), 0},
  }};
  zmq::poll(items.data(), items.size(), std::chrono::milliseconds{-1});
}

void ClientLoop::take_commands() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (Command& command : commands) {
    if (auto* ask = std::get_if<Ask>(&command)) {
      carry_out(core_.ask(ask->id, std::move(ask->body)));
    } else {
      carry_out(core_.leave());
    }
  }
}

void ClientLoop::read_monitor() {
  while (const auto event = connection_->monitor.receive()) {
    if (event->kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
      carry_out(core_.connected());
    } else {
      read_messages();  // what came before the connection ended counts
      carry_out(core_.lost());
      if (reconnect_) return;
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
  for (; outbox_sent_ < outbox_.size(); ++outbox_sent_) {
    const std::string& part = outbox_[outbox_sent_];
    if (!connection_->socket.send(zmq::const_buffer(part.data(), part.size()), zmq::send_flags::dontwait)) return;
  }
  outbox_.clear();
  outbox_sent_ = 0;
}

void ClientLoop::carry_out(core::ClientCore::Effects effects) {
  for (const core::ClientEffect& effect : effects) {
    if (const auto* send = std::get_if<core::ClientSend>(&effect)) {
      outbox_.push_back(send->part);
    } else if (std::holds_alternative<core::ClientReconnect>(effect)) {
      reconnect_ = true;
      outbox_.clear();
      outbox_sent_ = 0;
    } else {
      report_(effect);
    }
  }
}

}  // namespace rollcall::io
