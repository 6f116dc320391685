#include "replay/report.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>

#include "replay/report_html.hpp"
#include "replay/report_json.hpp"
#include "replay/report_junit.hpp"
#include "replay/report_text.hpp"

namespace rollcall::replay {
namespace {

std::optional<ReportFile> open(const std::string& path) {
  return path.empty() ? std::nullopt : std::make_optional<ReportFile>(path);
}

std::vector<Threshold> parsed(const std::vector<std::string>& texts) {
  std::vector<Threshold> thresholds;
  for (const std::string& text : texts) thresholds.push_back(parse_threshold(text));
  return thresholds;
}

bool is_about_errors(const Threshold& threshold) {
  constexpr std::array metrics = {"errors", "unknown", "timeouts"};
  return threshold.metric.starts_with("error.") || std::ranges::find(metrics, threshold.metric) != metrics.end();
}

}  // namespace

Report::Report(const Settings& settings)
    : settings_(settings),
      thresholds_(parsed(settings.fail_on)),
      json_(open(settings.json)),
      junit_(open(settings.junit)),
      html_(open(settings.html)),
      progress_(STDERR_FILENO, settings.language) {}

void Report::add(const Sample& sample, double from_s, double interval_s) {
  run_.add(sample, from_s, interval_s);
  progress_.show(run_, Progress::Clock::now());
}

void Report::finish() {
  progress_.clear();
  verdicts_ = judge(thresholds_, run_);
  if (!settings_.quiet) {
    std::cout << text_report(run_, verdicts_, {settings_.language, isatty(STDOUT_FILENO) != 0}) << std::flush;
  }
  if (json_) json_->write(json_report(run_, verdicts_));
  if (junit_) junit_->write(junit_report(run_, verdicts_));
  if (html_) html_->write(html_report(run_, verdicts_, settings_.language));
}

bool Report::passed() const {
  const Sample& total = run_.total;
  if (total.expectations_failed > 0 || !all_met(verdicts_)) return false;
  // With a script, a request that ended without its reply has failed an expectation already, unless that was expected.
  if (!settings_.script.empty() || std::ranges::any_of(thresholds_, is_about_errors)) return true;
  return total.errors_total() == total.not_sent;
}

}  // namespace rollcall::replay
