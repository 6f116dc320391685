// The core's time, as the shells around it tell it: std::chrono::steady_clock. Any thread.
#pragma once

#include <chrono>

#include "core/limits.hpp"

namespace rollcall::io {

[[nodiscard]] inline core::Time clock_now() noexcept { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace rollcall::io
