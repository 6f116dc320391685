// A crowd that joins, stays, and is killed at once: it lives in a process of its own, so that the kill is a real one.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "load.hpp"

namespace bench {

struct Crowd {
  std::uint32_t clients = 0;
  std::chrono::duration<double> hold{0};
  bool kill = false;  ///< and wait until the count tells that they are gone
};

/// Returns its figures; throws std::runtime_error when the crowd can't join or the count never comes down.
[[nodiscard]] nlohmann::json run_crowd(const Target& target, const Crowd& crowd);

}  // namespace bench
