// How much room text takes on a terminal. Main thread: the locale is the process's.
#pragma once

#include <string>
#include <string_view>

namespace rollcall::tools {

/// What people type and read is UTF-8 on every system of today, so the C locale is taken for one that was not set.
void use_utf8_locale();

/// Columns, in the locale's encoding.
[[nodiscard]] int width(std::string_view text);
/// `text` with blanks behind it (or, `right`, before it) to fill so many columns.
[[nodiscard]] std::string padded(std::string text, int columns, bool right = false);
/// `text`, or as much of it as leaves room for an ellipsis.
[[nodiscard]] std::string shortened(std::string_view text, int columns_max);

}  // namespace rollcall::tools
