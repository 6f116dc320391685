// Times in scripts: a number of seconds, or text with a unit.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace rollcall::replay {

/// About three years; far below where nanoseconds in 64 bits end.
inline constexpr double duration_s_max = 1e8;

/// 1.5, "1.5s", "250ms", "100us", "2m". Throws Fault that names `key`.
[[nodiscard]] std::chrono::nanoseconds parse_duration(const nlohmann::json& value, std::string_view key);
/// For people: "1.5 s", "250 ms".
[[nodiscard]] std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace rollcall::replay
