// A run for CI systems: JUnit's XML, a test case for each expectation that failed (one for all when none did) and for
// each threshold. Well-formed whatever a peer sent. Any thread.
#pragma once

#include <string>
#include <vector>

#include "replay/sample.hpp"
#include "replay/thresholds.hpp"

namespace rollcall::replay {

[[nodiscard]] std::string junit_report(const Run& run, const std::vector<Verdict>& verdicts);

}  // namespace rollcall::replay
