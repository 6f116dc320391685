// The numbers of a report for people: three significant digits, with the separators of their language. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/command_line.hpp"

namespace rollcall::replay {

using tools::Language;

inline constexpr double ns_per_ms = 1e6;
inline constexpr double ns_per_s = 1e9;

/// 1050000 as "1.05 ms" (in Portuguese "1,05 ms"); from ns to s.
[[nodiscard]] std::string duration_text(double ns, Language language);
/// How long a run takes: "12.3 s", "2 min 05 s", "1 h 02 min".
[[nodiscard]] std::string elapsed_text(double seconds, Language language);
/// 974.4 as "974", 3.21 as "3.2"; thousands are grouped.
[[nodiscard]] std::string rate_text(double per_second, Language language);
/// `part` of `whole` in percent, rounded down: 100 % only when nothing is missing. `whole` is not 0.
[[nodiscard]] std::string percent_text(double part, double whole, Language language);

/// Text that a script, a peer or another program wrote, made harmless for terminals and files (wire::printable).
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace rollcall::replay
