#include "replay/report_json.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "replay/figures.hpp"

namespace rollcall::replay {

namespace {

using Json = nlohmann::ordered_json;

/// The curve of percentiles has nine points for each nine that a percentile has: 0, 10 ... 80, 90, 91 ... 98, 99, 99.1
/// %.
constexpr int nines_max = 6;
constexpr int points_per_nine = 9;

/// Microseconds are exact enough for what a clock of milliseconds is written with.
double rounded_ms(double ms) { return std::round(ms * 1e6) / 1e6; }

double ms_of(std::uint64_t ns) { return rounded_ms(static_cast<double>(ns) / ns_per_ms); }

Json curve_of(const Histogram& histogram) {
  Json points = Json::array();
  const auto replies = static_cast<double>(histogram.count());
  double above = 1;  // the part of the replies that were slower than all before this nine
  for (int nine = 0; nine < nines_max; ++nine, above /= 10) {
    for (int point = 0; point < points_per_nine; ++point) {
      const double slower = above * (10 - point) / 10;
      // Further on there is less than one reply: the slowest, which is the curve's end.
      if (slower * replies < 1) break;
      const double fraction = 1 - slower;
      points.push_back({{"percent", std::round(fraction * 1e8) / 1e6}, {"ms", ms_of(histogram.quantile(fraction))}});
    }
  }
  points.push_back({{"percent", 100}, {"ms", ms_of(histogram.max())}});
  return points;
}

Json latency_of(const Histogram& histogram) {
  if (histogram.count() == 0) return nullptr;
  const auto quantile = [&](double fraction) { return ms_of(histogram.quantile(fraction)); };
  Json json = {{"replies", histogram.count()},
               {"min_ms", ms_of(histogram.min())},
               {"mean_ms", rounded_ms(histogram.mean() / ns_per_ms)},
               {"p50_ms", quantile(0.5)},
               {"p90_ms", quantile(0.9)},
               {"p99_ms", quantile(0.99)},
               {"p99.9_ms", quantile(0.999)},
               {"max_ms", ms_of(histogram.max())}};
  json["percentiles"] = curve_of(histogram);
  return json;
}

Json interval_json(const Run::Interval& interval) {
  const bool measured = interval.replies > 0;
  const auto latency = [&](double ms) { return measured ? Json(rounded_ms(ms)) : Json(nullptr); };
  return {{"from_s", interval.from_s},
          {"seconds", interval.seconds},
          {"sent", interval.sent},
          {"replies", interval.replies},
          {"errors", interval.errors},
          {"joins", interval.joins},
          {"leaves", interval.leaves},
          {"crashes", interval.crashes},
          {"count", interval.count ? Json(*interval.count) : Json(nullptr)},
          {"p50_ms", latency(interval.p50_ms)},
          {"p99_ms", latency(interval.p99_ms)},
          {"max_ms", latency(interval.max_ms)}};
}

Json verdict_json(const Verdict& verdict) {
  static constexpr std::array<std::string_view, 4> units = {"ns", "number", "per_second", "percent"};
  const Threshold& threshold = verdict.threshold;
  return {{"threshold", threshold.text}, {"metric", threshold.metric},
          {"met", verdict.met},          {"unit", units.at(static_cast<std::size_t>(threshold.unit))},
          {"limit", threshold.limit},    {"actual", verdict.actual ? Json(*verdict.actual) : Json(nullptr)}};
}

Json expectations_json(const Sample& total) {
  Json failures = Json::array();
  for (const Failure& failure : total.failures) {
    failures.push_back({{"line", failure.line},
                        {"client", shown(failure.client)},
                        {"expected", shown(failure.expected)},
                        {"got", shown(failure.got)}});
  }
  return {{"met", total.expectations_met}, {"failed", total.expectations_failed}, {"failures", std::move(failures)}};
}

}  // namespace

Json json_of(const Run& run, const std::vector<Verdict>& verdicts) {
  const Sample& total = run.total;
  Json errors = Json::object();
  for (const auto& [name, times] : total.errors) errors[shown(name)] = times;
  Json notes = Json::array();
  for (const std::string& note : run.notes) notes.push_back(shown(note));
  Json intervals = Json::array();
  for (const Run::Interval& interval : run.intervals) intervals.push_back(interval_json(interval));
  Json thresholds = Json::array();
  for (const Verdict& verdict : verdicts) thresholds.push_back(verdict_json(verdict));
  const double rate = run.seconds > 0 ? static_cast<double>(total.replies) / run.seconds : 0;
  return {{"rollcall_replay", json_report_version},
          {"title", shown(run.title)},
          {"server", shown(run.server)},
          {"seed", run.seed ? Json(*run.seed) : Json(nullptr)},
          {"open_loop", run.open_loop},
          {"interrupted", run.interrupted},
          {"seconds", run.seconds},
          {"notes", std::move(notes)},
          {"requests", {{"due", total.due}, {"sent", total.sent}, {"not_sent", total.not_sent}}},
          {"replies", total.replies},
          {"replies_per_second", rate},
          {"planned_per_second", run.planned_rate > 0 ? Json(run.planned_rate) : Json(nullptr)},
          {"errors_total", total.errors_total()},
          {"errors", std::move(errors)},
          {"unknown", total.unknown},
          {"timeouts", total.timeouts},
          {"clients",
           {{"joined", total.joins},
            {"left", total.leaves},
            {"crashed", total.crashes},
            {"lost", total.lost},
            {"refused", total.refused}}},
          {"count", total.count ? Json(*total.count) : Json(nullptr)},
          {"version", total.version},
          {"expectations", expectations_json(total)},
          {"latency", latency_of(total.latency)},
          {"service_time", latency_of(total.service_time)},
          {"thresholds", std::move(thresholds)},
          {"intervals", std::move(intervals)}};
}

std::string json_report(const Run& run, const std::vector<Verdict>& verdicts) {
  return json_of(run, verdicts).dump() + '\n';
}

}  // namespace rollcall::replay
