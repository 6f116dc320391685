#include "replay/error_names.hpp"

#include <cctype>
#include <cstdint>

namespace rollcall::replay {

std::string script_error_name(wire::ErrorCode code) {
  std::string name(wire::error_name(code));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

const std::vector<std::string>& expected_error_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (std::uint16_t code = 1; code <= wire::error_code_max; ++code) {
      all.push_back(script_error_name(static_cast<wire::ErrorCode>(code)));
    }
    all.emplace_back(unknown_outcome);
    return all;
  }();
  return names;
}

}  // namespace rollcall::replay
