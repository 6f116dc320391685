// What a run has to reach, as `--fail-on` says it: p99<50ms, errors==0, expectations==100%. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "replay/figures.hpp"
#include "replay/sample.hpp"

namespace rollcall::replay {

struct Threshold {
  enum class Operator : std::uint8_t { less, less_or_equal, greater, greater_or_equal, equal, not_equal };
  enum class Unit : std::uint8_t { nanoseconds, number, per_second, percent };

  std::string text;    ///< as it was given, without spaces
  std::string metric;  ///< such as "p99", "raw.p99", "errors", "error.busy"
  Operator comparison = Operator::less;
  Unit unit = Unit::number;
  double limit = 0;  ///< in `unit`
};

/// What was wrong with a threshold, and what could be meant.
struct ThresholdError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `METRIC OPERATOR VALUE`; throws ThresholdError.
///   p50, p99.9 (any percentile), max, mean of the latency, and raw.p50 ... of the service time: a time, such as 50ms
///   errors, error.NAME, unknown, timeouts, not_sent, requests, sent, replies, failed, lost, refused: a number
///   rate: replies a second
///   expectations: how many were met, as a number or with %
[[nodiscard]] Threshold parse_threshold(std::string_view text);

struct Verdict {
  Threshold threshold;
  bool met = false;
  std::optional<double> actual;  ///< in the threshold's unit; nothing: there was nothing to measure, so it is not met
};

[[nodiscard]] Verdict judge(const Threshold& threshold, const Run& run);
[[nodiscard]] std::vector<Verdict> judge(const std::vector<Threshold>& thresholds, const Run& run);
[[nodiscard]] bool all_met(const std::vector<Verdict>& verdicts) noexcept;

/// What was measured: "43.1 ms", or that there was nothing to measure.
[[nodiscard]] std::string actual_text(const Verdict& verdict, Language language);

}  // namespace rollcall::replay
