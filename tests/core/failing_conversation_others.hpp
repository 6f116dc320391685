// The parts of that conversation about others than its heroes: who watches, who knocks, who loses a key.
#pragma once

#include "core/failing_conversation.hpp"

namespace rollcall::test {

inline void Conversation::watch() {
  come_and_greet("wanda");
  for (const std::string guest : {"a guest of wanda's", "another guest of wanda's"}) {
    come_and_greet(guest);
    message("wanda", wire::RosterQuery{});
    message("wanda", wire::Watch{false, 0});
    work();
    bye(guest);
    advance(core::watch_pause);
  }
}

inline void Conversation::knock() {
  constexpr int first_fd = 500;
  for (int fd = first_fd; fd < first_fd + 4; ++fd) {
    step(core::Opened{fd, {"192.0.2.1", 1}});
    step(core::Closed{fd});
  }
  advance(5s);
  for (int fd = first_fd; fd < first_fd + 8; ++fd)
    step(core::Opened{fd, {"198.51.100." + std::to_string(fd % 256), 2}});
  advance(core::stranger_patience);
  for (int fd = first_fd; fd < first_fd + 8; ++fd) step(core::Closed{fd});
  step(core::Opened{first_fd, {"203.0.113.1", 3}});
  step(core::Endless{first_fd});
  step(core::Closed{first_fd});
  cuts.clear();
}

inline void Conversation::lose_a_key() {
  const std::string key = "a key that has no room in a small buffer";
  come("eve");
  come("eve's other");
  for (const std::string who : {"eve", "eve's other"}) {
    client(who).key = client(who).key_name = key;
    hello(who);
    ask(who, who + " asks");
  }
  disconnect("eve's other");
  come("nobody");
  const int fd = client("nobody").fd;
  disconnect("nobody");
  come("eve, doubted", fd);
  client("eve, doubted").key = key;
  hello("eve, doubted");
  step(core::Revoked{key});
  advance(core::revocation_patience);
  work();
  disconnect("eve, doubted");
}

}  // namespace rollcall::test
