// A run for people, as it stands on a terminal: figures in aligned columns, what failed in full, the run's course as a
// line of bars. Text of scripts and peers is escaped. Any thread.
#pragma once

#include <string>
#include <vector>

#include "replay/figures.hpp"
#include "replay/sample.hpp"
#include "replay/thresholds.hpp"

namespace rollcall::replay {

struct TextOptions {
  Language language = Language::portuguese;
  bool colours = false;
};

[[nodiscard]] std::string text_report(const Run& run, const std::vector<Verdict>& verdicts, TextOptions options);

}  // namespace rollcall::replay
