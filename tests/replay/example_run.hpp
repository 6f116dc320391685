// Runs to write reports of: the same each time. Any thread.
#pragma once

#include <vector>

#include "replay/sample.hpp"
#include "replay/thresholds.hpp"

namespace rollcall::replay::test {

/// A minute of an open loop at 1,000 requests a second: a crowd comes, half of it crashes, one slow moment, a few
/// errors, two expectations that failed.
[[nodiscard]] Run example_run();
[[nodiscard]] std::vector<Verdict> example_verdicts(const Run& run);

/// Three friends, as a script plays them: short, and all as expected.
[[nodiscard]] Run quiet_run();

/// Every text in it was written by somebody who wants to break the report.
[[nodiscard]] Run hostile_run();

}  // namespace rollcall::replay::test
