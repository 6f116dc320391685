// Strangers' text in JSON: harmless for a terminal that shows it, and the same to whoever parses it. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace rollcall::tools {

/// What a terminal would obey, as escapes of JSON. There is none outside of strings.
[[nodiscard]] std::string safe_json(std::string_view json);

enum class Braces { as_they_are, doubled };
/// Appends `text` as a JSON string, quotes included; with Braces::doubled, as a template of a script in which braces
/// stand for themselves. False, and nothing appended, when it is not UTF-8.
[[nodiscard]] bool append_json_string(std::string_view text, Braces braces, std::string& out);

}  // namespace rollcall::tools
