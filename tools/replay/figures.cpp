#include "replay/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "common/number_text.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {

namespace {

/// Enough to recognise any text, and little enough for a report of ten failures with megabytes each.
constexpr std::size_t shown_bytes_max = 4096;

std::string with_decimals(double value, int decimals, Language language) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (language == Language::portuguese) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

/// With three digits where it has fewer than three before the point.
std::string three_digits(double value, Language language) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return with_decimals(value, decimals, language);
}

}  // namespace

std::string duration_text(double ns, Language language) {
  if (ns < 999.5) return fmt::format("{:.0f} ns", ns);
  if (ns < 999.5e3) return three_digits(ns / 1e3, language) + " µs";
  if (ns < 999.5e6) return three_digits(ns / ns_per_ms, language) + " ms";
  return three_digits(ns / ns_per_s, language) + " s";
}

std::string elapsed_text(double seconds, Language language) {
  constexpr double minute = 60;
  constexpr double hour = 3600;
  if (seconds < minute - 0.05) return with_decimals(std::max(0.0, seconds), 1, language) + " s";
  if (seconds < hour - 0.5) {
    const auto whole = std::llround(seconds);
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  }
  const auto minutes = std::llround(seconds / minute);
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string rate_text(double per_second, Language language) {
  if (per_second > 0 && per_second < 9.95) return with_decimals(per_second, 1, language);
  return tools::grouped(static_cast<std::uint64_t>(std::llround(std::max(0.0, per_second))), language);
}

std::string percent_text(double part, double whole, Language language) {
  const double percent = 100 * part / whole;
  if (percent == std::floor(percent)) return with_decimals(percent, 0, language) + " %";
  // 99.99 % of a million is a hundred that are missing: another digit for each nine.
  int decimals = 1;
  for (double rest = 100 - percent; rest > 0 && rest < 0.1 && decimals < 6; rest *= 10) ++decimals;
  const double scale = std::pow(10, decimals);
  return with_decimals(std::floor(percent * scale) / scale, decimals, language) + " %";
}

std::string shown(std::string_view text) { return wire::printable(text, shown_bytes_max); }

}  // namespace rollcall::replay
