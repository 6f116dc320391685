// The parts of the HTML report that are the same in each, put into the program when it is built (embed.cmake): ours,
// and Chart.js of Debian's libjs-chart.js. Any thread; they live as long as the program.
#pragma once

#include <string_view>

namespace rollcall::replay {

[[nodiscard]] std::string_view page_frame() noexcept;     ///< report.html
[[nodiscard]] std::string_view page_style() noexcept;     ///< report.css
[[nodiscard]] std::string_view page_script() noexcept;    ///< report.js
[[nodiscard]] std::string_view page_charts() noexcept;    ///< report_charts.js
[[nodiscard]] std::string_view chart_library() noexcept;  ///< Chart.js
/// Of a content security policy: these scripts and this style, by their hashes, and no others.
[[nodiscard]] std::string_view page_policy() noexcept;

}  // namespace rollcall::replay
