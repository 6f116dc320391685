#include "replay/report_html.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "replay/page_parts.hpp"
#include "replay/report_json.hpp"

namespace rollcall::replay {

namespace {

/// JSON inside a script element: nothing in it may end the element, begin a comment or end a line of JavaScript.
std::string for_script_element(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      safe += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      safe += c;
    }
  }
  for (const auto& [separator, escaped] : {std::pair{"\u2028", "\\u2028"}, std::pair{"\u2029", "\\u2029"}}) {
    for (std::size_t at = 0; (at = safe.find(separator, at)) != std::string::npos;) safe.replace(at, 3, escaped);
  }
  return safe;
}

}  // namespace

std::string html_report(const Run& run, const std::vector<Verdict>& verdicts, Language language) {
  const bool english = language == Language::english;
  const nlohmann::ordered_json json = {{"language", english ? "en" : "pt"}, {"report", json_of(run, verdicts)}};
  const std::string data = for_script_element(json.dump());
  const std::pair<std::string_view, std::string_view> parts[] = {{"@LANGUAGE@", english ? "en" : "pt-BR"},
                                                                 {"@POLICY@", page_policy()},
                                                                 {"@STYLE@", page_style()},
                                                                 {"@DATA@", data},
                                                                 {"@CHART@", chart_library()},
                                                                 {"@SCRIPT@", page_script()},
                                                                 {"@CHARTS@", page_charts()}};
  // In one pass, in the order of the page, so that what was put in is never taken for a place to put more.
  std::string page;
  std::string_view rest = page_frame();
  for (const auto& [place, part] : parts) {
    const std::size_t at = rest.find(place);
    page += rest.substr(0, at);
    page += part;
    rest.remove_prefix(at + place.size());
  }
  page += rest;
  return page;
}

}  // namespace rollcall::replay
