// Objects of a script to values: proto/SCRIPT.md, sections 3 to 6. Nothing is kept between calls.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "replay/script.hpp"

namespace rollcall::replay {

/// Throws Fault (script_error.hpp), as the next does.
[[nodiscard]] Header parse_header(const nlohmann::json& object);
/// `line` goes into the step and what belongs to it. `now` is the newest `at` so far, which the step's own may not be
/// before; it becomes the new one.
[[nodiscard]] Step parse_step(const nlohmann::json& object, std::uint64_t line, Duration& now);

}  // namespace rollcall::replay
