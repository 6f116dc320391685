// A run for people, as a page: one file that needs no network and may ask for nothing, as its content security policy
// says; figures beside charts over time, in light and dark colours. What scripts and peers wrote is data in it. Any
// thread.
#pragma once

#include <string>
#include <vector>

#include "replay/figures.hpp"
#include "replay/sample.hpp"
#include "replay/thresholds.hpp"

namespace rollcall::replay {

[[nodiscard]] std::string html_report(const Run& run, const std::vector<Verdict>& verdicts, Language language);

}  // namespace rollcall::replay
