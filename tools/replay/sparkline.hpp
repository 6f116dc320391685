// Numbers over time as one line of text: ▁▃▅▇█. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rollcall::replay {

/// One character a value, as high as its part of `most`; a blank where there is none. 0 is the lowest bar.
[[nodiscard]] std::string sparkline(const std::vector<std::optional<double>>& values, double most);

}  // namespace rollcall::replay
