#include "replay/page_parts.hpp"

// By embed.cmake: where each part begins, and where it has ended.
extern "C" {
extern const char rollcall_page_frame[], rollcall_page_frame_end[];
extern const char rollcall_page_style[], rollcall_page_style_end[];
extern const char rollcall_page_script[], rollcall_page_script_end[];
extern const char rollcall_page_charts[], rollcall_page_charts_end[];
extern const char rollcall_page_policy[], rollcall_page_policy_end[];
extern const char rollcall_chart_library[], rollcall_chart_library_end[];
}

namespace rollcall::replay {

std::string_view page_frame() noexcept { return {rollcall_page_frame, rollcall_page_frame_end}; }
std::string_view page_style() noexcept { return {rollcall_page_style, rollcall_page_style_end}; }
std::string_view page_script() noexcept { return {rollcall_page_script, rollcall_page_script_end}; }
std::string_view page_charts() noexcept { return {rollcall_page_charts, rollcall_page_charts_end}; }
std::string_view chart_library() noexcept { return {rollcall_chart_library, rollcall_chart_library_end}; }
std::string_view page_policy() noexcept { return {rollcall_page_policy, rollcall_page_policy_end}; }

}  // namespace rollcall::replay
