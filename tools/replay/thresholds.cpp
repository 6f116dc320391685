#include "replay/thresholds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "common/number_text.hpp"
#include "replay/error_names.hpp"
#include "wire/messages.hpp"

namespace rollcall::replay {

namespace {

using Operator = Threshold::Operator;
using Unit = Threshold::Unit;

constexpr std::string_view raw_prefix = "raw.";
constexpr std::string_view error_prefix = "error.";

struct Count {
  std::string_view name;
  std::uint64_t (*of)(const Sample&);
};
constexpr Count counts[] = {
    {"errors", [](const Sample& total) { return total.errors_total(); }},
    {"unknown", [](const Sample& total) { return total.unknown; }},
    {"timeouts", [](const Sample& total) { return total.timeouts; }},
    {"not_sent", [](const Sample& total) { return total.not_sent; }},
    {"requests", [](const Sample& total) { return total.due; }},
    {"sent", [](const Sample& total) { return total.sent; }},
    {"replies", [](const Sample& total) { return total.replies; }},
    {"failed", [](const Sample& total) { return total.expectations_failed; }},
    {"lost", [](const Sample& total) { return total.lost; }},
    {"refused", [](const Sample& total) { return total.refused; }},
};

const Count* find_count(std::string_view metric) {
  const auto* const found =
      std::find_if(std::begin(counts), std::end(counts), [&](const Count& count) { return count.name == metric; });
  return found == std::end(counts) ? nullptr : found;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// The fraction that a percentile's name means: 0.999 of "p99.9".
std::optional<double> fraction_of(std::string_view metric) {
  if (metric.size() < 2 || metric[0] != 'p') return std::nullopt;
  const auto percent = number_of(metric.substr(1));
  if (!percent || *percent <= 0 || *percent >= 100) return std::nullopt;
  return *percent / 100;
}

bool is_latency(std::string_view metric) {
  if (metric.starts_with(raw_prefix)) metric.remove_prefix(raw_prefix.size());
  return metric == "max" || metric == "mean" || fraction_of(metric);
}

std::vector<std::string> error_metrics() {
  std::vector<std::string> names;
  for (std::uint16_t code = 1; code <= wire::error_code_max; ++code) {
    names.push_back(std::string(error_prefix) + script_error_name(static_cast<wire::ErrorCode>(code)));
  }
  return names;
}

/// How many letters have to be changed, added or removed (Levenshtein).
std::size_t distance(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t changed = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::vector<std::string> known_metrics() {
  std::vector<std::string> names = {"p50", "p90", "p99", "p99.9", "max", "mean", "raw.p99", "rate", "expectations"};
  for (const Count& count : counts) names.emplace_back(count.name);
  return names;
}

/// The name that is meant, if one is close.
std::string suggestion(std::string_view metric) {
  std::vector<std::string> names = error_metrics();
  for (std::string& name : known_metrics()) names.push_back(std::move(name));
  constexpr std::size_t typing_errors_max = 2;
  const auto by_distance = [&](const std::string& a, const std::string& b) {
    return distance(metric, a) < distance(metric, b);
  };
  const std::string closest = *std::min_element(names.begin(), names.end(), by_distance);
  if (metric.size() < 3 || metric.size() > 40 || distance(metric, closest) > typing_errors_max) return "";
  return fmt::format("; did you mean \"{}\"?", closest);
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw ThresholdError(fmt::format("\"{}\": {}", shown(text), why));
}

/// What the metric is measured in; `percent` only tells whether the value has a %.
Unit unit_of(std::string_view text, std::string_view metric, bool percent) {
  if (is_latency(metric)) return Unit::nanoseconds;
  if (metric == "rate") return Unit::per_second;
  if (metric == "expectations") return percent ? Unit::percent : Unit::number;
  if (find_count(metric) != nullptr) return Unit::number;
  const auto names = error_metrics();
  if (std::find(names.begin(), names.end(), metric) != names.end()) return Unit::number;
  if (metric.starts_with(error_prefix)) {
    refuse(text, fmt::format("no error is called \"{}\"{}; there are {}", shown(metric.substr(error_prefix.size())),
                             suggestion(metric), fmt::join(names, ", ")));
  }
  refuse(text, fmt::format("\"{}\" is not measured{}; metrics are {}, raw. before a latency, and error.NAME",
                           shown(metric), suggestion(metric), fmt::join(known_metrics(), ", ")));
}

struct Comparison {
  std::string_view sign;
  Operator comparison;
};
/// The longer ones first: "<" begins "<=".
constexpr Comparison comparisons[] = {{"<=", Operator::less_or_equal}, {">=", Operator::greater_or_equal},
                                      {"==", Operator::equal},         {"!=", Operator::not_equal},
                                      {"<", Operator::less},           {">", Operator::greater}};

double limit_of(std::string_view text, std::string_view value, Unit unit) {
  const std::size_t digits = std::min(value.find_first_not_of("0123456789."), value.size());
  const auto number = number_of(value.substr(0, digits));
  if (!number) refuse(text, fmt::format("\"{}\" is not a number", shown(value)));
  const std::string_view suffix = value.substr(digits);
  if (unit == Unit::nanoseconds) {
    static constexpr std::pair<std::string_view, double> units[] = {
        {"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", ns_per_ms}, {"s", ns_per_s}};
    for (const auto& [name, ns] : units) {
      if (suffix == name) return *number * ns;
    }
    refuse(text, fmt::format("give the time a unit: {0}ms ({0}us, {0}s)", value.substr(0, digits)));
  }
  const std::string_view allowed = unit == Unit::percent ? "%" : unit == Unit::per_second ? "/s" : "";
  if (!suffix.empty() && suffix != allowed) {
    refuse(text, fmt::format("\"{}\" is no unit of this metric: {}", shown(suffix),
                             allowed.empty() ? "give a plain number" : fmt::format("give {} or nothing", allowed)));
  }
  if (unit == Unit::percent && *number > 100) refuse(text, "there are only 100 %");
  return *number;
}

std::optional<double> measure_latency(std::string_view metric, const Sample& total) {
  const bool raw = metric.starts_with(raw_prefix);
  if (raw) metric.remove_prefix(raw_prefix.size());
  const Histogram& histogram = raw ? total.service_time : total.latency;
  if (histogram.count() == 0) return std::nullopt;
  if (metric == "max") return static_cast<double>(histogram.max());
  if (metric == "mean") return histogram.mean();
  return static_cast<double>(histogram.quantile(fraction_of(metric).value_or(1)));
}

std::optional<double> measure(const Threshold& threshold, const Run& run) {
  const Sample& total = run.total;
  const std::string_view metric = threshold.metric;
  if (threshold.unit == Unit::nanoseconds) return measure_latency(metric, total);
  if (threshold.unit == Unit::per_second) {
    return run.seconds > 0 ? std::optional(static_cast<double>(total.replies) / run.seconds) : std::nullopt;
  }
  if (metric == "expectations") {
    const auto met = static_cast<double>(total.expectations_met);
    if (threshold.unit == Unit::number) return met;
    const auto all = met + static_cast<double>(total.expectations_failed);
    return all > 0 ? std::optional(100 * met / all) : std::nullopt;
  }
  if (const Count* const count = find_count(metric)) return static_cast<double>(count->of(total));
  const auto found = total.errors.find(std::string(metric.substr(error_prefix.size())));
  return found == total.errors.end() ? 0.0 : static_cast<double>(found->second);
}

bool holds(double actual, Operator comparison, double limit) {
  switch (comparison) {
    case Operator::less:
      return actual < limit;
    case Operator::less_or_equal:
      return actual <= limit;
    case Operator::greater:
      return actual > limit;
    case Operator::greater_or_equal:
      return actual >= limit;
    case Operator::equal:
      return actual == limit;
    case Operator::not_equal:
      return actual != limit;
  }
  return false;
}

}  // namespace

Threshold parse_threshold(std::string_view text) {
  Threshold threshold;
  std::copy_if(text.begin(), text.end(), std::back_inserter(threshold.text),
               [](char c) { return c != ' ' && c != '\t'; });
  const std::string_view compact = threshold.text;
  const std::size_t at = compact.find_first_of("<>=!");
  if (at == std::string_view::npos) refuse(text, "there is no comparison in it: METRIC<VALUE, such as p99<50ms");
  const auto* const found = std::find_if(std::begin(comparisons), std::end(comparisons), [&](const Comparison& each) {
    return compact.substr(at).starts_with(each.sign);
  });
  if (found == std::end(comparisons)) refuse(text, "compare with one of < <= > >= == !=");
  const std::string_view value = compact.substr(at + found->sign.size());
  threshold.metric = std::string(compact.substr(0, at));
  threshold.comparison = found->comparison;
  threshold.unit = unit_of(text, threshold.metric, value.ends_with('%'));
  threshold.limit = limit_of(text, value, threshold.unit);
  return threshold;
}

Verdict judge(const Threshold& threshold, const Run& run) {
  Verdict verdict{threshold, false, measure(threshold, run)};
  verdict.met = verdict.actual && holds(*verdict.actual, threshold.comparison, threshold.limit);
  return verdict;
}

std::vector<Verdict> judge(const std::vector<Threshold>& thresholds, const Run& run) {
  std::vector<Verdict> verdicts;
  for (const Threshold& threshold : thresholds) verdicts.push_back(judge(threshold, run));
  return verdicts;
}

bool all_met(const std::vector<Verdict>& verdicts) noexcept {
  return std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& verdict) { return verdict.met; });
}

std::string actual_text(const Verdict& verdict, Language language) {
  if (!verdict.actual) {
    return language == Language::english ? "there was nothing to measure" : "não houve o que medir";
  }
  const double actual = *verdict.actual;
  switch (verdict.threshold.unit) {
    case Unit::nanoseconds:
      return duration_text(actual, language);
    case Unit::per_second:
      return rate_text(actual, language) + "/s";
    case Unit::percent:
      return percent_text(actual, 100, language);
    case Unit::number:
      break;
  }
  return tools::grouped(static_cast<std::uint64_t>(actual), language);
}

}  // namespace rollcall::replay
