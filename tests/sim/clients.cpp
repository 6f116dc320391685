// What the simulated clients send: each by its habit.
#include <algorithm>
#include <string>
#include <utility>

#include "sim/world.hpp"

namespace rollcall::sim {

std::string World::body(ConnId id, const core::Limits& limits) {
  if (random_.chance(3)) return {};
  std::string text = "c" + std::to_string(id) + "#" + std::to_string(++bodies_);
  if (random_.chance(5)) {  // around what a buffer keeps, or a good part of the bounds on bytes
    const std::size_t size = random_.chance(50) ? 500 + random_.below(30) : random_.below(limits.message_bytes_max / 2);
    text.resize(std::min<std::size_t>(std::max(text.size(), size), 6000), '.');
  }
  return text;
}

void World::act_politely(ConnId id, Conn& conn, const core::Limits& limits) {
  if (!conn.greeted && random_.chance(95)) {
    conn.greeted = true;
    send(id, make_hello("n" + std::to_string(id), random_));
    if (random_.chance(50)) return;
  }
  const std::uint64_t most = random_.chance(5) ? limits.window + 3 : std::min<std::uint64_t>(limits.window, 4);
  for (std::uint64_t i = random_.between(1, most); i > 0; --i) {
    Message message = make_request(conn.next_id, body(id, limits));
    conn.next_id += random_.chance(90) ? 1 : random_.between(2, 1000);
    message.delimited = conn.delimited;
    send(id, std::move(message));
  }
}

void World::act_carelessly(ConnId id, Conn& conn, const core::Limits& limits) {
  Message message;
  switch (random_.below(12)) {
    case 0:
      message = make_hello(random_.chance(50) ? "again" : "", random_);
      conn.greeted = true;
      break;
    case 1:
      message = random_.chance(50) ? make_query(0, 10) : make_watch(0);
      break;
    case 2:
      message = make_bye();
      if (random_.chance(60)) message = make_garbage(random_);
      break;
    case 3:
    case 4:
      message = make_garbage(random_);
      break;
    case 5:
      message = make_plain("p" + body(id, limits));
      break;
    case 6: {  // an id that was used, or none
      std::string text = body(id, limits);
      message = make_request(random_.below(conn.next_id + 1), std::move(text));
      break;
    }
    case 7:
      message = make_request(conn.next_id++, std::string(std::min<std::size_t>(limits.message_bytes_max, 5000), 'x'));
      if (message.bytes.size() <= limits.message_bytes_max) message = make_garbage(random_);
      break;
    case 8:
      message = make_plain(std::string(limits.message_bytes_max <= 5000 ? limits.message_bytes_max + 1 : 1, 'y'));
      break;
    case 9: {
      std::string text = body(id, limits);
      message = make_request(conn.next_id + (random_.chance(1) ? std::uint64_t{1} << 62U : 1), std::move(text));
      message.many_parts = true;
      break;
    }
    default:
      message = make_request(conn.next_id++, body(id, limits));
      break;
  }
  message.delimited = random_.chance(50);
  message.many_parts = message.many_parts || random_.chance(2);
  send(id, std::move(message));
}

// One who watches says so, acknowledges, begins anew, stops, and looks up who is here, more or less as it should.
void World::watch(ConnId id, Random& random) {
  Conn& conn = conns_[id];
  if (!conn.handshaken || !conn.alive || conn.forsaken || conn.back_to || !conn.token) return;
  Message message = make_watch(conn.told);
  const std::uint64_t choice = random.below(100);
  if (choice < 20)
    message = make_query(random.below(2) * random.below(30), static_cast<std::uint16_t>(random.below(6)));
  if (choice == 20) message = make_watch(0);
  if (choice == 21) message = make_watch(0, true);
  if (choice == 22) message = make_watch(random.below(conn.told + 10));
  if (choice == 23) message = make_watch(UINT64_MAX - random.below(3));
  if (choice == 24) {
    for (std::uint64_t i = random.below(700); i > 0; --i) send(id, make_query(0, 0));
  }
  message.delimited = conn.delimited;
  send(id, std::move(message));
}

void World::act(ConnId id, const core::Limits& limits) {
  Conn& conn = conns_[id];
  if (!conn.handshaken || !conn.alive || conn.forsaken || conn.back_to) return;
  switch (conn.habit) {
    case Habit::scanner:
      return;
    case Habit::idle:
      if (!std::exchange(conn.greeted, true)) send(id, make_hello("", random_));
      return;
    case Habit::polite:
      act_politely(id, conn, limits);
      return;
    case Habit::plain: {
      for (std::uint64_t i = random_.between(1, 3); i > 0; --i) {
        Message message = make_plain("p" + body(id, limits));
        message.delimited = conn.delimited;
        send(id, std::move(message));
      }
      return;
    }
    case Habit::both:
      if (random_.chance(50)) {
        Message message = make_plain("b" + body(id, limits));
        message.delimited = conn.delimited;
        send(id, std::move(message));
      } else {
        act_politely(id, conn, limits);
      }
      return;
    case Habit::careless:
      act_carelessly(id, conn, limits);
      return;
  }
}

}  // namespace rollcall::sim
