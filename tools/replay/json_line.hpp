// One line of JSON, read more strictly than JSON demands: a key that is given twice is a fault, and nesting and the
// number of values are bounded, so that no line takes much more memory than its own length.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace rollcall::replay {

inline constexpr std::size_t json_depth_max = 40;
inline constexpr std::size_t json_values_max = 1'000'000;

/// The object that `line` is. Throws Fault (script_error.hpp): not JSON, not UTF-8, not an object, a key twice, a
/// bound.
[[nodiscard]] nlohmann::json parse_json_line(std::string_view line);

}  // namespace rollcall::replay
