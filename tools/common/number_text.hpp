// Numbers for people. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/command_line.hpp"

namespace rollcall::tools {

/// 12345 as "12.345" in Portuguese and "12,345" in English.
[[nodiscard]] std::string grouped(std::uint64_t number, Language language);

}  // namespace rollcall::tools
