// What the programs share that rollcall is measured against.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

namespace bench {

// Enough for ten thousand clients to join at once: with libzmq's 100, what is measured is the kernel's resending.
inline constexpr int pending_connections_max = 4096;

/// The number behind `flag`, or `fallback`.
inline unsigned argument(int argc, char** argv, std::string_view flag, unsigned fallback) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == flag) return static_cast<unsigned>(std::strtoul(argv[i + 1], nullptr, 10));
  }
  return fallback;
}

inline std::string endpoint(int argc, char** argv) {
  return "tcp://127.0.0.1:" + std::to_string(argument(argc, argv, "--port", 8080));
}

inline void say_listening() { std::cout << "listening" << std::endl; }

}  // namespace bench
