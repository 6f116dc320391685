// The names that scripts give to what is no reply.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/messages.hpp"

namespace rollcall::replay {

/// The connection was lost before an answer came.
inline constexpr std::string_view unknown_outcome = "unknown";

/// Such as "busy": PROTOCOL.md section 7 in small letters.
[[nodiscard]] std::string script_error_name(wire::ErrorCode code);
/// All of them, and unknown_outcome.
[[nodiscard]] const std::vector<std::string>& expected_error_names();

}  // namespace rollcall::replay
