#include "proxy.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

namespace rollcall::test {
namespace {

constexpr int pending_connections_max = 4096;
constexpr int accepted_at_a_time = 64;
constexpr std::uint64_t listener_key = 0;

Time now() { return std::chrono::steady_clock::now().time_since_epoch(); }

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

void send_at_once(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void close_with_reset(int socket) {
  const linger at_once{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket);
}

}  // namespace

struct Proxy::End {
  int fd = -1;
  std::uint32_t watched = 0;
};

struct Proxy::Connection {
  Connection(std::uint64_t number, int client_fd, int server_fd, Tally& tally)
      : id(number), client{client_fd, 0}, server{server_fd, 0}, up(tally), down(tally) {}

  std::uint64_t id;
  End client;
  End server;
  Pipe up;
  Pipe down;
  Time timer{0};
  bool connecting = true;
};

Proxy::Proxy()
    : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      listener_(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  checked(bind(listener_, reinterpret_cast<const sockaddr*>(&address), size), "bind");
  checked(listen(listener_, pending_connections_max), "listen");
  checked(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port_ = ntohs(address.sin_port);
  epoll_event event{EPOLLIN, {.u64 = listener_key}};
  checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event), "epoll_ctl");
}

Proxy::~Proxy() {
  for (const auto& [id, connection] : connections_) {
    ::close(connection->client.fd);
    ::close(connection->server.fd);
  }
  ::close(listener_);
  ::close(epoll_);
}

void Proxy::accept_some() {
  for (int i = 0; i < accepted_at_a_time; ++i) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    if (refuses_) {
      ++tally_.of(Fault::refuse).connections;
      close_with_reset(client);
      continue;
    }
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(target_);
    if (server < 0 ||
        (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)) {
      close_with_reset(client);
      if (server >= 0) ::close(server);
      continue;
    }
    send_at_once(client);
    send_at_once(server);
    auto made = std::make_unique<Connection>(++last_id_, client, server, tally_);
    treat(*made, future_, future_direction_);
    watch(*made);
    connections_.emplace(last_id_, std::move(made));
  }
}

void Proxy::on_event(std::uint64_t key, std::uint32_t events, Time now) {
  if (key == listener_key) return accept_some();
  const auto place = connections_.find(key / 2);
  if (place == connections_.end()) return;
  Connection& connection = *place->second;
  const bool from_client = key % 2 == 0;
  if (connection.connecting && !from_client) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection.server.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return close(connection, Fault::reset);
    connection.connecting = false;
  } else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    Pipe& pipe = from_client ? connection.up : connection.down;
    const int source = from_client ? connection.client.fd : connection.server.fd;
    if (pipe.wants_read() && pipe.read(source, now) == Pipe::Result::broken) {
      return break_off(connection, from_client);
    }
  }
  pump(connection, now);
}

/// Passes on what is due. Closes the connection when there is nothing to come.
void Proxy::pump(Connection& connection, Time now) {
  if (!connection.connecting) {
    if (connection.up.write(connection.server.fd, now) == Pipe::Result::broken) return break_off(connection, false);
    if (connection.down.write(connection.client.fd, now) == Pipe::Result::broken) return break_off(connection, true);
  }
  if (connection.up.is_over() && connection.down.is_over()) return close(connection, Fault::none);
  watch(connection);
  set_timer(connection);
}

/// One side is gone: so is the other, unless nothing gets there from that side.
void Proxy::break_off(Connection& connection, bool from_client) {
  Pipe& pipe = from_client ? connection.up : connection.down;
  const Fault fault = pipe.treatment().fault;
  if (fault != Fault::stall && fault != Fault::swallow) return close(connection, Fault::reset);
  pipe.end();
  watch(connection);
}

/// The server's side stays as it is, until the connection is healed: then it hears of the end.
void Proxy::abandon(Connection& connection) {
  treat(connection, {Fault::swallow, Time{0}}, {true, true});
  connection.up.end();
  watch(connection);
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  connect(connection.client.fd, &nowhere, sizeof nowhere);  // a RST, and the descriptor remains
}

void Proxy::close(Connection& connection, Fault how) {
  passed_up_ += connection.up.passed_bytes();
  passed_down_ += connection.down.passed_bytes();
  for (const End* end : {&connection.client, &connection.server}) {
    how == Fault::reset ? close_with_reset(end->fd) : static_cast<void>(::close(end->fd));
  }
  connections_.erase(connection.id);
}

void Proxy::watch_end(std::uint64_t key, End& end, std::uint32_t wanted) const {
  if (wanted == end.watched) return;
  // One that is watched for nothing would still tell that it hung up, again and again.
  const int operation = wanted == 0 ? EPOLL_CTL_DEL : end.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  epoll_event event{wanted, {.u64 = key}};
  epoll_ctl(epoll_, operation, end.fd, &event);
  end.watched = wanted;
}

void Proxy::watch(Connection& connection) {
  const auto wanted = [](bool read, bool write) {
    return (read ? std::uint32_t{EPOLLIN} : 0) | (write ? std::uint32_t{EPOLLOUT} : 0);
  };
  const bool connecting = connection.connecting;
  watch_end(2 * connection.id, connection.client,
            wanted(!connecting && connection.up.wants_read(), !connecting && connection.down.wants_write()));
  watch_end(2 * connection.id + 1, connection.server,
            wanted(!connecting && connection.down.wants_read(), connecting || connection.up.wants_write()));
}

void Proxy::set_timer(Connection& connection) {
  Time due{0};
  for (const Pipe* pipe : {&connection.up, &connection.down}) {
    const Time next = pipe->due();
    if (next.count() != 0 && (due.count() == 0 || next < due)) due = next;
  }
  if (due.count() == 0 || (connection.timer.count() != 0 && connection.timer <= due)) return;
  connection.timer = due;
  timers_.push({due, connection.id});
}

void Proxy::run_timers(Time now) {
  while (!timers_.empty() && timers_.top().due <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    const auto place = connections_.find(timer.id);
    if (place == connections_.end() || place->second->timer != timer.due) continue;
    place->second->timer = Time{0};
    pump(*place->second, now);
  }
}

int Proxy::wait_ms(Time now) const {
  if (timers_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.top().due - now);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000));
}

void Proxy::run_until_readable(int control) {
  std::array<epoll_event, 512> events{};
  for (;;) {
    std::array<pollfd, 2> items = {{{epoll_, POLLIN, 0}, {control, POLLIN, 0}}};
    poll(items.data(), items.size(), wait_ms(now()));
    if (items[1].revents != 0) return;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    const Time time = now();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events.at(static_cast<std::size_t>(i));
      on_event(event.data.u64, event.events, time);
    }
    run_timers(time);
  }
}

/// Others with each call, so that in time all get their share of the faults.
std::vector<std::uint64_t> Proxy::pick(unsigned percent) {
  std::vector<std::uint64_t> ids;
  pick_offset_ += 37;
  for (const auto& [id, connection] : connections_) {
    if ((id * 61 + pick_offset_) % 100 < percent) ids.push_back(id);
  }
  return ids;
}

void Proxy::treat(Connection& connection, Treatment treatment, Direction direction) {
  if (direction.up) connection.up.treat(treatment, connection.client.fd);
  if (direction.down) connection.down.treat(treatment, connection.server.fd);
  if (treatment.fault != Fault::none) ++tally_.of(treatment.fault).connections;
}

std::uint64_t Proxy::treat(Which which, Treatment treatment, Direction direction, unsigned percent) {
  if (which != Which::present) {
    future_ = treatment;
    future_direction_ = direction;
  }
  if (which == Which::future) return 0;
  const Time time = now();
  const std::vector<std::uint64_t> ids = pick(percent);
  for (const std::uint64_t id : ids) {
    Connection& connection = *connections_.at(id);
    const bool makes_no_sense =
        (direction.up && connection.up.lost_bytes()) || (direction.down && connection.down.lost_bytes());
    if (treatment.fault != Fault::swallow && makes_no_sense) {
      close(connection, Fault::reset);
      continue;
    }
    treat(connection, treatment, direction);
    pump(connection, time);
  }
  return ids.size();
}

std::uint64_t Proxy::end(Fault how, unsigned percent) {
  const std::vector<std::uint64_t> ids = pick(percent);
  for (const std::uint64_t id : ids) {
    Connection& connection = *connections_.at(id);
    Hits& hits = tally_.of(how);
    ++hits.connections;
    for (const End* end : {&connection.client, &connection.server}) {
      int bytes = 0;
      if (ioctl(end->fd, FIONREAD, &bytes) == 0) hits.bytes += static_cast<std::uint64_t>(std::max(bytes, 0));
    }
    hits.bytes += connection.up.held_bytes() + connection.down.held_bytes();
    how == Fault::abandon ? abandon(connection) : close(connection, how);
  }
  return ids.size();
}

std::string Proxy::stats() const {
  std::uint64_t up = passed_up_;
  std::uint64_t down = passed_down_;
  for (const auto& [id, connection] : connections_) {
    up += connection->up.passed_bytes();
    down += connection->down.passed_bytes();
  }
  nlohmann::json faults;
  for (std::size_t i = 1; i < fault_names.size(); ++i) {
    const Hits& hits = tally_.of(static_cast<Fault>(i));
    faults[std::string(fault_names.at(i))] = {{"connections", hits.connections}, {"bytes", hits.bytes}};
  }
  return nlohmann::json{{"connections", connections_.size()},
                        {"accepted", last_id_},
                        {"bytes_up", up},
                        {"bytes_down", down},
                        {"faults", std::move(faults)}}
      .dump();
}

}  // namespace rollcall::test
