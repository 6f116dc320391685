#include "sim/world.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/trace.hpp"
#include "wire/codec.hpp"

namespace rollcall::sim {

World::World(Random& random, Model& model, std::uint64_t fault_percent, std::size_t keys)
    : random_(random), model_(model), fault_percent_(fault_percent), keys_(keys) {
  next_routing_id_ = static_cast<std::uint32_t>(random.next());
  if (random.chance(30)) next_routing_id_ = std::numeric_limits<std::uint32_t>::max() - 5;
  if (random.chance(10)) next_routing_id_ = static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max()) - 3;
}

ConnId World::connect(Habit habit, int fd) {
  const ConnId id = conns_.size();
  Conn conn;
  conn.habit = habit;
  conn.delimited = random_.chance(30);
  if (keys_ > 0) conn.key = static_cast<std::size_t>(random_.between(1, keys_));
  if (fd >= 0) {
    conn.fd = free_fds_.extract(fd).value();
  } else if (free_fds_.empty()) {
    conn.fd = next_fd_++;
  } else {
    conn.fd = free_fds_.extract(free_fds_.begin()).value();
  }
  monitor_.push_back({true, id, conn.fd});
  if (random_.chance(fault_percent_)) monitor_.push_back(monitor_.back());  // the same again
  conns_.push_back(std::move(conn));
  living_.push_back(id);
  return id;
}

void World::handshake(ConnId id) {
  Conn& conn = conns_[id];
  if (conn.handshaken || !conn.alive || conn.habit == Habit::scanner) return;
  conn.handshaken = true;
  conn.routing_id = next_routing_id_++;
  by_routing_id_[conn.routing_id] = id;
  model_.handshaken(id, conn.routing_id);
}

ConnId World::reconnect(ConnId before) {
  const ConnId id = connect(Habit::polite);
  Conn& old = conns_[before];
  Conn& conn = conns_[id];
  old.forsaken = old.left = true;
  conn.back_to = old.token;
  if (keys_ > 0 && random_.chance(85)) conn.key = old.key;
  conn.open = old.open;
  conn.old = old.old;
  conn.confused = old.confused || old.habit == Habit::careless;
  conn.next_id = old.next_id;
  conn.told = old.told;
  conn.greeted = true;
  handshake(id);
  send(id, make_hello("n" + std::to_string(id), random_, old.token));
  return id;
}

void World::die(ConnId id, core::Time now) {
  Conn& conn = conns_[id];
  conn.alive = false;
  conn.died = now;
  if (random_.chance(30) && !conn.inbox.empty()) {  // the end was sudden: part of what it sent is lost
    conn.inbox.resize(static_cast<std::size_t>(random_.below(conn.inbox.size())));
    if (conn.inbox.empty()) std::erase(sending_, id);
  }
  if (!conn.inbox.empty()) late_.push_back(id);
  std::erase(living_, id);
  free_fds_.insert(conn.fd);
  conn.end_lost = random_.chance(fault_percent_ / 2);
  if (conn.end_lost) {
    conn.late_until = now + late_after_end;
    return;
  }
  monitor_.push_back({false, id, conn.fd});
  if (random_.chance(fault_percent_)) monitor_.push_back(monitor_.back());
}

void World::cut(int fd, core::Time now) {
  const auto meant = std::find_if(living_.begin(), living_.end(), [&](ConnId id) { return conns_[id].fd == fd; });
  if (meant != living_.end() && conns_[*meant].opened) die(*meant, now);
}

MonitorEvent World::next_monitor_event(core::Time now) {
  const MonitorEvent event = monitor_.front();
  monitor_.pop_front();
  if (!event.opened) {
    Conn& conn = conns_[event.conn];
    if (!conn.late_until) conn.late_until = now + late_after_end;
    return event;
  }
  conns_[event.conn].opened = true;
  for (const ConnId id : late_) {
    Conn& dead = conns_[id];
    if (dead.fd != event.fd || id >= event.conn) continue;
    const core::Time until = now + late_after_reuse;
    dead.late_until = dead.late_until ? std::min(*dead.late_until, until) : until;
  }
  return event;
}

void World::send(ConnId id, Message message) {
  Conn& conn = conns_[id];
  if (conn.inbox.empty()) sending_.push_back(id);
  if (message.kind == Kind::request && message.id > 0 && !message.many_parts) conn.open[message.id] = message.text;
  conn.inbox.push_back(std::move(message));
}

void World::bar(std::size_t key) {
  for (const ConnId id : living_) {
    if (conns_[id].key == key) conns_[id].barred = true;
  }
}

Message World::next_message(ConnId id) {
  Conn& conn = conns_[id];
  Message message = std::move(conn.inbox.front());
  conn.inbox.pop_front();
  if (conn.inbox.empty()) {
    std::erase(sending_, id);
    if (!conn.alive) std::erase(late_, id);
  }
  if (message.plain_form()) ++conn.plain_unanswered;
  if (message.kind == Kind::request && message.id > 0 && !message.many_parts && !message.again) {
    ++conn.unanswered[message.id];
  }
  return message;
}

std::optional<std::pair<core::Time, ConnId>> World::latest_late() const {
  std::optional<std::pair<core::Time, ConnId>> earliest;
  for (const ConnId id : late_) {
    const auto until = conns_[id].late_until;
    if (until && (!earliest || *until < earliest->first)) earliest = {*until, id};
  }
  return earliest;
}

World::Delivery World::deliver(const core::Send& send, core::Time now) {
  const auto found = by_routing_id_.find(send.routing_id);
  require(found != by_routing_id_.end(), "the core sends only to routing ids that exist");
  Conn& conn = conns_[found->second];
  if (!conn.alive) {
    conn.known_gone = conn.known_gone || now - conn.died > seems_alive || random_.chance(50);
    return conn.known_gone ? Delivery::gone : Delivery::done;
  }
  if (conn.full) {
    conn.left = true;  // what it is owed may be lost
    return Delivery::full;
  }
  received(found->second, conn, send);
  return Delivery::done;
}

// It asks again what it has no outcome of, and now and then more than that.
void World::welcomed(ConnId id, Conn& conn, const wire::Welcome& welcome) {
  conn.token = welcome.token;
  if (!welcome.resumed && conn.back_to) conn.told = 0;
  if (!std::exchange(conn.back_to, std::nullopt)) return;
  if (!welcome.resumed) {
    conn.open.clear();
    return;
  }
  for (const auto& [request, text] : std::map(conn.open)) {
    conn.unanswered[request] = 1;
    Message again = make_request(request, text);
    again.again = true;
    again.delimited = conn.delimited;
    send(id, std::move(again));
  }
  if (!random_.chance(20) || conn.next_id < 2) return;
  const std::uint64_t request = random_.between(1, conn.next_id - 1);
  if (conn.open.contains(request)) return;
  conn.old.insert(request);
  Message again = make_request(request, "out of turn");
  again.again = true;
  send(id, std::move(again));
  conn.open.erase(request);
}

void World::received(ConnId id, Conn& conn, const core::Send& send) {
  if (conn.forsaken) return;
  // Of one whose session was ended in the middle, what it asked again may be told twice: that it ended, and how.
  const bool unsure = conn.confused || conn.barred;
  const auto message = wire::decode_server_message(send.part);
  if (const auto* reply = std::get_if<wire::Reply>(&message)) {
    conn.open.erase(reply->id);
    if (!unsure && !conn.old.contains(reply->id))
      require(--conn.unanswered[reply->id] >= 0, "a request has one outcome");
  } else if (const auto* error = std::get_if<wire::Error>(&message)) {
    conn.open.erase(error->id);
    if (error->id == 0 && conn.back_to) conn.left = true;  // not now
    if (error->id > 0 && !unsure && !conn.old.contains(error->id)) {
      require(--conn.unanswered[error->id] >= 0, "a request has one outcome");
    }
  } else if (const auto* welcome = std::get_if<wire::Welcome>(&message)) {
    welcomed(id, conn, *welcome);
  } else if (std::holds_alternative<wire::Plain>(message)) {
    require(--conn.plain_unanswered >= 0, "a plain message has one answer");
  } else if (const auto* event = std::get_if<wire::Event>(&message)) {
    conn.told = event->version;
  } else if (const auto* closing = std::get_if<wire::Closing>(&message)) {
    conn.left = conn.left || closing->reason == wire::ClosingReason::goodbye;
  }
}

void World::check_outcomes() const {
  for (const ConnId id : living_) {
    const Conn& conn = conns_[id];
    if (conn.left || conn.full || conn.confused || conn.barred) continue;
    require(conn.plain_unanswered == 0, "a plain message has an answer");
    for (const auto& [request, balance] : conn.unanswered) {
      if (balance == 0 || conn.old.contains(request)) continue;
      throw Broken("request " + std::to_string(request) + " of the client on port " +
                   std::to_string(address_of(id).port) + " has no outcome");
    }
  }
}

}  // namespace rollcall::sim
