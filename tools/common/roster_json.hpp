// Who is here, as JSON for programs: the same fields wherever rollcall tells it. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "rollcall/status.hpp"

namespace rollcall::tools {

/// Milliseconds since 1970.
[[nodiscard]] std::int64_t unix_ms(std::chrono::system_clock::time_point time);

[[nodiscard]] nlohmann::ordered_json entry_json(const RosterEntry& entry);

}  // namespace rollcall::tools
