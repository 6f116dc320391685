// The closed-loop load: clients that each keep a window of requests in flight, beside idle ones and flooding ones. One
// thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "peer.hpp"

namespace bench {

struct Target {
  std::uint16_t port = 0;
  pid_t server = 0;  ///< 0: its costs are not known
  Protocol protocol = Protocol::plain;
  std::string message = "Hello, Server!";
};

struct Load {
  std::uint32_t clients = 1;
  std::uint32_t window = 1;
  std::uint32_t idle = 0;   ///< clients that join and say nothing more
  std::uint32_t flood = 0;  ///< clients with flood_window in flight, whose latencies are not counted
  std::uint32_t flood_window = 256;
  std::chrono::duration<double> warm_up{0.3};
  std::chrono::duration<double> duration{1};
};

/// Runs the load and returns its figures. Throws std::runtime_error when clients can't connect or get no answers.
[[nodiscard]] nlohmann::json run_load(const Target& target, const Load& load);

}  // namespace bench
