#include "io/client_swarm.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "io/clock.hpp"
#include "io/endpoint_error.hpp"
#include "io/fd_limit.hpp"

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

// libzmq waits once to twice as long before it tries again.
constexpr auto reconnect_interval = 500ms;
// A connection that was lost and made anew between two looks at its socket seems to have stood all the time. It takes
// the reconnect interval to make it anew, so only somebody who did not look for that long can have missed it.
constexpr auto unseen_max = 400ms;
constexpr auto look_interval = 200ms;
// Between two times that all clients are asked whether they were, so that it costs an overloaded server little.
constexpr auto verify_interval = 2s;
// Enough to keep a server busy, and few enough for its queue of connections.
constexpr std::size_t starting_max = 256;
constexpr std::size_t clients_per_io_thread = 10'000;
// Sockets that are closed take up their place until libzmq has cleared them away.
constexpr std::size_t closing_sockets_max = 1024;
constexpr std::size_t fds_per_client = 2;
// For a client that is not wanted now, such as by a server that is full.
constexpr auto unwanted_pause = reconnect_interval;
// How long until descriptors of closed sockets may have become free.
constexpr auto no_room_pause = 10ms;
constexpr std::size_t events_max = 512;

/// epoll(7), edge-triggered, on descriptors that are told apart by a number.
class Epoll {
 public:
  Epoll() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  }
  ~Epoll() { close(fd_); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  void add(int fd, std::uint32_t number) const {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    event.data.u32 = number;
    if (epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
  }
  void remove(int fd) const noexcept { epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }
  /// Calls ready(number) for those that have become readable, and returns how many; events_max: there may be more. Who
  /// has waited longest comes first.
  template <typename Ready>
  std::size_t take(Ready ready) {
    const int count = epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), 0);
    for (int i = 0; i < count; ++i) ready(events_[static_cast<std::size_t>(i)].data.u32);
    return static_cast<std::size_t>(std::max(count, 0));
  }
  struct Woken {
    bool ready = false;  ///< take() has something
    bool other = false;  ///< `other_fd` is readable
  };
  /// Waits for either, or until `until`; -1: there is no other one.
  [[nodiscard]] Woken wait(core::Time until, int other_fd) const {
    std::array<pollfd, 2> items = {{{fd_, POLLIN, 0}, {other_fd, POLLIN, 0}}};
    const auto left = std::max(until - clock_now(), core::Time{0});
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), (left - seconds).count()};
    if (ppoll(items.data(), items.size(), &timeout, nullptr) <= 0) return {};
    return {items[0].revents != 0, items[1].revents != 0};
  }

 private:
  int fd_;
  std::array<epoll_event, events_max> events_{};
};

}  // namespace

struct ClientSwarm::State {
  struct Client {
    Client(Id number, std::string name) : id(number), core(std::move(name)) {}

    Id id;
    core::ClientCore core;
    zmq::socket_t socket;
    int fd = -1;  ///< that says when to look at the socket
    bool connected = false;
    bool starting = false;  ///< has a socket, and was not welcomed yet
    bool touched = false;   ///< is in touched_
    bool unusable = false;  ///< the core wants another connection than this one
    std::uint64_t last_id = 0;
  };

  State(std::string address, std::size_t clients_max, Report to, std::optional<ClientKeys> with)
      : endpoint(std::move(address)), report(std::move(to)), keys(std::move(with)) {
    context.set(zmq::ctxopt::io_threads, clients_max > clients_per_io_thread ? 2 : 1);
    context.set(zmq::ctxopt::max_sockets, static_cast<int>(clients_max + closing_sockets_max));
    spare = make_socket();
  }

  zmq::socket_t make_socket();
  void start_some();
  void start(Client& client);
  void started(Client& client);
  void close(Client& client);
  void touch(Client& client);
  void begin_turn();
  [[nodiscard]] core::Time turn_end(core::Time until) const;
  void end_turn(bool ready);
  void look_at(Client& client);
  void read_messages(Client& client);
  void verify_all();
  void carry_out(Client& client, core::ClientCore::Effects effects);
  void deliver();
  Client* find(Id id) {
    const auto place = clients.find(id);
    return place == clients.end() ? nullptr : place->second.get();
  }

  std::string endpoint;
  Report report;
  std::optional<ClientKeys> keys;
  zmq::context_t context;
  Epoll epoll;
  zmq::socket_t spare;  ///< the first client's: made early, to see whether the endpoint is an address
  std::unordered_map<Id, std::unique_ptr<Client>> clients;
  Id last_client = 0;
  std::deque<Id> to_start;
  std::deque<std::pair<core::Time, Id>> to_start_later;  ///< in the order of their times
  std::size_t starting = 0;
  core::Time no_room_until{0};
  std::vector<Id> touched;  ///< to be looked at without waiting for their descriptors
  core::Time seen_all{0};   ///< all news from before this time have been looked at
  core::Time sweep_begin{0};
  std::size_t sweep_taken = 0;  ///< since then; as many as there are clients: all that was ready at sweep_begin
  bool doubtful = false;        ///< a connection may have been made anew unseen
  core::Time verified{0};
  std::vector<std::pair<Id, core::ClientEffect>> happened;
};

zmq::socket_t ClientSwarm::State::make_socket() {
  zmq::socket_t socket(context, ZMQ_DEALER);
  if (keys) connect_with_curve(socket, *keys);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::immediate, true);
  socket.set(zmq::sockopt::reconnect_ivl, static_cast<int>(reconnect_interval.count()));
  // Unbounded here, so that a full queue can't be taken for a lost connection: the server's window is the bound.
  socket.set(zmq::sockopt::sndhwm, 0);
  socket.set(zmq::sockopt::rcvhwm, 0);
  socket.set(zmq::sockopt::ipv6, endpoint.find('[') != std::string::npos);
  try {
    socket.connect(endpoint);
  } catch (const zmq::error_t& error) {
    throw EndpointError(endpoint, error.what());
  }
  return socket;
}

void ClientSwarm::State::start_some() {
  while (!to_start_later.empty() && to_start_later.front().first <= clock_now()) {
    to_start.push_back(to_start_later.front().second);
    to_start_later.pop_front();
  }
  while (starting < starting_max && !to_start.empty()) {
    Client* const client = find(to_start.front());
    if (client != nullptr && client->core.state() != core::ClientState::closed) {
      if (clock_now() < no_room_until) return;
      try {
        start(*client);
      } catch (const zmq::error_t& error) {
        if (error.num() != EMFILE) throw;
        no_room_until = clock_now() + no_room_pause;
        return;
      }
    }
    to_start.pop_front();
  }
}

void ClientSwarm::State::start(Client& client) {
  client.socket = spare ? std::move(spare) : make_socket();
  client.fd = client.socket.get(zmq::sockopt::fd);
  epoll.add(client.fd, client.id);
  client.unusable = false;
  client.starting = true;
  ++starting;
  touch(client);
}

void ClientSwarm::State::started(Client& client) {
  if (std::exchange(client.starting, false)) --starting;
}

void ClientSwarm::State::close(Client& client) {
  started(client);
  if (!client.socket) return;
  epoll.remove(client.fd);
  client.socket.close();
  client.connected = false;
}

void ClientSwarm::State::touch(Client& client) {
  if (std::exchange(client.touched, true)) return;
  touched.push_back(client.id);
}

/// What can be done without waiting.
void ClientSwarm::State::begin_turn() {
  for (const Id id : std::exchange(touched, {})) {
    Client* const client = find(id);
    if (client == nullptr) continue;
    look_at(*client);
    client->touched = false;
  }
  start_some();
}

/// When wait() should return at the latest, whatever comes.
core::Time ClientSwarm::State::turn_end(core::Time until) const {
  if (!happened.empty() || !touched.empty()) return core::Time{0};
  const bool held_up = !to_start.empty() && starting < starting_max;
  return std::min(until, clock_now() + (held_up ? core::Time{no_room_pause} : core::Time{look_interval}));
}

void ClientSwarm::State::end_turn(bool ready) {
  const auto time = clock_now();
  doubtful = doubtful || (seen_all.count() != 0 && time - seen_all > unseen_max);
  std::size_t taken = 0;
  if (ready) {
    taken = epoll.take([this](Id id) {
      if (Client* const client = find(id)) look_at(*client);
    });
  }
  sweep_taken += taken;
  if (taken < events_max || sweep_taken >= clients.size()) {
    seen_all = taken < events_max ? time : sweep_begin;
    sweep_begin = time;
    sweep_taken = 0;
  }
  if (doubtful && time > verified + verify_interval) {
    doubtful = false;
    verified = time;
    verify_all();
  }
}

/// Whoever has another session than it thinks gets to know it.
void ClientSwarm::State::verify_all() {
  for (const auto& [id, client] : clients) {
    if (client->connected) carry_out(*client, client->core.count());
  }
}

// libzmq's descriptor tells of news once, and any call of the socket may take them: so this goes on until the socket
// says that there are none, after the last call that used it.
void ClientSwarm::State::look_at(Client& client) {
  const bool listed = std::exchange(client.touched, true);  // what is sent here is looked after here
  while (client.socket) {
    const int events = client.socket.get(zmq::sockopt::events);
    if ((events & ZMQ_POLLIN) != 0) {
      read_messages(client);
      if (client.unusable) {
        close(client);
        to_start_later.emplace_back(clock_now() + unwanted_pause, client.id);
      }
      continue;
    }
    const bool connected = (events & ZMQ_POLLOUT) != 0;
    if (connected == client.connected) break;
    client.connected = connected;
    carry_out(client, connected ? client.core.connected() : client.core.lost());
  }
  client.touched = listed;
}

void ClientSwarm::State::read_messages(Client& client) {
  zmq::message_t part;
  // Asking an empty socket costs a system call, as does looking for news, which comes next anyway.
  do {
    if (!client.socket.recv(part, zmq::recv_flags::dontwait)) return;
    // A server never sends more than one part to a DEALER that sent one; what it is then, is none of the protocol's.
    if (!part.more()) carry_out(client, client.core.received(part.to_string_view()));
  } while (client.socket && !client.unusable && client.core.unanswered() > 0);
}

void ClientSwarm::State::carry_out(Client& client, core::ClientCore::Effects effects) {
  bool closed = false;
  for (core::ClientEffect& effect : effects) {
    if (const auto* send = std::get_if<core::ClientSend>(&effect)) {
      // What can't be sent is lost with the connection: the core will know when the loss is seen.
      const zmq::const_buffer part(send->part.data(), send->part.size());
      if (client.socket) (void)client.socket.send(part, zmq::send_flags::dontwait);
      touch(client);
    } else if (std::holds_alternative<core::ClientReconnect>(effect)) {
      client.unusable = client.connected;
    } else {
      if (std::holds_alternative<core::ClientWelcomed>(effect)) started(client);
      closed = closed || std::holds_alternative<core::ClientClosed>(effect);
      happened.emplace_back(client.id, std::move(effect));
    }
  }
  if (closed) close(client);
}

void ClientSwarm::State::deliver() {
  for (auto& [id, effect] : std::exchange(happened, {})) {
    const auto place = clients.find(id);
    if (place == clients.end()) continue;
    if (std::holds_alternative<core::ClientClosed>(effect)) clients.erase(place);
    report(id, effect);
  }
}

std::size_t ClientSwarm::make_room(std::size_t clients) noexcept {
  return make_room_for_clients(clients * fds_per_client) / fds_per_client;
}

ClientSwarm::ClientSwarm(std::string endpoint, std::size_t clients_max, Report report, std::optional<ClientKeys> keys)
    : state_(std::make_unique<State>(std::move(endpoint), clients_max, std::move(report), std::move(keys))) {}

ClientSwarm::~ClientSwarm() = default;

ClientSwarm::Id ClientSwarm::open(std::string name) {
  const Id id = ++state_->last_client;
  state_->clients.emplace(id, std::make_unique<State::Client>(id, std::move(name)));
  state_->to_start.push_back(id);
  state_->start_some();
  return id;
}

std::uint64_t ClientSwarm::ask(Id client, std::string body) {
  State::Client* const found = state_->find(client);
  if (found == nullptr) return 0;
  const std::uint64_t id = ++found->last_id;
  state_->carry_out(*found, found->core.ask(id, std::move(body)));
  return id;
}

void ClientSwarm::count(Id client) {
  if (State::Client* const found = state_->find(client)) state_->carry_out(*found, found->core.count());
}

void ClientSwarm::leave(Id client) {
  if (State::Client* const found = state_->find(client)) state_->carry_out(*found, found->core.leave());
}

void ClientSwarm::cut(Id client) {
  State::Client* const found = state_->find(client);
  if (found == nullptr) return;
  state_->close(*found);
  state_->clients.erase(client);
}

void ClientSwarm::wait(core::Time until, int wake_fd) {
  do {
    state_->begin_turn();
    const auto woken = state_->epoll.wait(state_->turn_end(until), wake_fd);
    state_->end_turn(woken.ready);
    if (woken.other) break;
  } while (state_->happened.empty() && clock_now() < until);
  state_->deliver();
}

std::size_t ClientSwarm::size() const noexcept { return state_->clients.size(); }

}  // namespace rollcall::io
