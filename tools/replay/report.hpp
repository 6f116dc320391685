// What a run comes to, while it goes and at its end: the progress line, the table, the files, the exit code. One
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replay/progress.hpp"
#include "replay/report_file.hpp"
#include "replay/sample.hpp"
#include "replay/settings.hpp"
#include "replay/thresholds.hpp"

namespace rollcall::replay {

class Report {
 public:
  /// Opens the files. Throws ThresholdError, ReportFileError. `settings` must outlive it.
  explicit Report(const Settings& settings);

  [[nodiscard]] Run& run() noexcept { return run_; }
  /// The next interval of the run.
  void add(const Sample& sample, double from_s, double interval_s);
  /// Prints the table and writes the files. Throws ReportFileError.
  void finish();
  /// True when every expectation and threshold held, and, where no threshold says anything of errors, every request got
  /// its reply.
  [[nodiscard]] bool passed() const;

 private:
  const Settings& settings_;
  std::vector<Threshold> thresholds_;
  std::vector<Verdict> verdicts_;
  std::optional<ReportFile> json_;
  std::optional<ReportFile> junit_;
  std::optional<ReportFile> html_;
  Progress progress_;
  Run run_;
};

}  // namespace rollcall::replay
