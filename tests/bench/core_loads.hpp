// The loads of the benchmarks that run codec and core without sockets.
#pragma once

#include <cstdint>

#include "support/core_conversation.hpp"

namespace bench {

/// Every client has `window` requests waiting, in either protocol, before the worker gets any.
inline void one_turn(rollcall::test::CoreConversation& talk, std::uint32_t window, bool full) {
  for (std::uint32_t i = 0; i < window; ++i) {
    for (std::uint32_t client = 0; client < talk.clients(); ++client) full ? talk.request(client) : talk.plain(client);
  }
  talk.work();
}

/// With a body of usual size, a handler so fast that batches are large, and everything at its final size.
inline void warm_up(rollcall::test::CoreConversation& talk, std::uint32_t window, bool full) {
  talk.body = "Hello, Server!";
  talk.handler_time = std::chrono::nanoseconds{100};
  for (int i = 0; i < 100; ++i) one_turn(talk, window, full);
}

}  // namespace bench
