// A run for programs: one JSON object, whose keys say their units. Text of scripts and peers is escaped as on a
// terminal, so that what prints it needs no care. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "replay/sample.hpp"
#include "replay/thresholds.hpp"

namespace rollcall::replay {

/// The form of the object below: its "rollcall_replay".
inline constexpr int json_report_version = 1;

[[nodiscard]] nlohmann::ordered_json json_of(const Run& run, const std::vector<Verdict>& verdicts);

/// One line.
[[nodiscard]] std::string json_report(const Run& run, const std::vector<Verdict>& verdicts);

}  // namespace rollcall::replay
