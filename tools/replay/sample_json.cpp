#include "replay/sample_json.hpp"

#include <array>
#include <utility>

namespace rollcall::replay {
namespace {

using Number = std::pair<const char*, std::uint64_t Sample::*>;
constexpr std::array<Number, 14> numbers = {{
    {"due", &Sample::due},
    {"sent", &Sample::sent},
    {"not_sent", &Sample::not_sent},
    {"replies", &Sample::replies},
    {"unknown", &Sample::unknown},
    {"timeouts", &Sample::timeouts},
    {"joins", &Sample::joins},
    {"leaves", &Sample::leaves},
    {"crashes", &Sample::crashes},
    {"lost", &Sample::lost},
    {"refused", &Sample::refused},
    {"expectations_met", &Sample::expectations_met},
    {"expectations_failed", &Sample::expectations_failed},
    {"version", &Sample::version},
}};

nlohmann::json histogram_to_json(const Histogram& histogram) {
  nlohmann::json buckets = nlohmann::json::array();
  for (const auto& [value, times] : histogram.buckets()) {
    buckets.push_back(value);
    buckets.push_back(times);
  }
  return buckets;
}

Histogram histogram_from_json(const nlohmann::json& buckets) {
  Histogram histogram;
  for (std::size_t i = 0; i + 1 < buckets.size(); i += 2) {
    histogram.add(buckets[i].get<std::uint64_t>(), buckets[i + 1].get<std::uint64_t>());
  }
  return histogram;
}

}  // namespace

nlohmann::json sample_to_json(const Sample& sample) {
  nlohmann::json json;
  for (const auto& [name, member] : numbers) {
    if (sample.*member != 0) json[name] = sample.*member;
  }
  if (!sample.errors.empty()) json["errors"] = sample.errors;
  if (sample.count) json["count"] = *sample.count;
  json["latency"] = histogram_to_json(sample.latency);
  json["service_time"] = histogram_to_json(sample.service_time);
  return json;
}

Sample sample_from_json(const nlohmann::json& json) {
  Sample sample;
  for (const auto& [name, member] : numbers) sample.*member = json.value(name, std::uint64_t{0});
  if (json.contains("errors")) json["errors"].get_to(sample.errors);
  if (json.contains("count")) sample.count = json["count"].get<std::uint32_t>();
  sample.latency = histogram_from_json(json.at("latency"));
  sample.service_time = histogram_from_json(json.at("service_time"));
  return sample;
}

}  // namespace rollcall::replay
