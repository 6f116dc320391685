#include "replay/duration_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "replay/script_error.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

constexpr std::size_t quoted_bytes_max = 40;
constexpr std::array<std::pair<std::string_view, double>, 5> units = {
    {{"", 1.0}, {"s", 1.0}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60.0}}};

std::optional<double> seconds_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& [name, factor] : units) {
    if (name == unit) return number * factor;
  }
  return std::nullopt;
}

}  // namespace

std::chrono::nanoseconds parse_duration(const nlohmann::json& value, std::string_view key) {
  std::optional<double> seconds;
  std::string shown =
      wire::printable(value.is_string() ? value.get_ref<const std::string&>() : std::string(), quoted_bytes_max);
  if (value.is_number()) {
    seconds = value.get<double>();
    shown = fmt::format("{}", *seconds);
  } else if (value.is_string()) {
    seconds = seconds_of(value.get_ref<const std::string&>());
  } else {
    shown = value.type_name();
  }
  if (!seconds || !std::isfinite(*seconds)) {
    throw Fault(
        fmt::format(R"("{}" is "{}", which is no time: a number of seconds, or "250ms", "1.5s", "2m")", key, shown));
  }
  if (*seconds < 0 || *seconds > duration_s_max) {
    throw Fault(fmt::format(R"("{}" is {}: a time from 0 to {:.0f} seconds is meant)", key, shown, duration_s_max));
  }
  return std::chrono::nanoseconds(std::llround(*seconds * 1e9));
}

std::string duration_text(std::chrono::nanoseconds duration) {
  const double seconds = static_cast<double>(duration.count()) / 1e9;
  if (duration.count() == 0) return "0 s";
  if (seconds < 1e-3) return fmt::format("{:.6g} µs", seconds * 1e6);
  return seconds < 1 ? fmt::format("{:.6g} ms", seconds * 1e3) : fmt::format("{:.10g} s", seconds);
}

}  // namespace rollcall::replay
