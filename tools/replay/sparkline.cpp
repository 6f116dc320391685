#include "replay/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace rollcall::replay {

std::string sparkline(const std::vector<std::optional<double>>& values, double most) {
  static constexpr std::array<std::string_view, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string line;
  for (const std::optional<double>& value : values) {
    if (!value) {
      line += ' ';
      continue;
    }
    const double part = most > 0 ? std::clamp(*value / most, 0.0, 1.0) : 0;
    line += bars[static_cast<std::size_t>(std::lround(part * (bars.size() - 1)))];
  }
  return line;
}

}  // namespace rollcall::replay
