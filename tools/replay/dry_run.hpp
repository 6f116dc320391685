// Prints what a script would do, for people: a line a step, then what it takes in all. Nothing is sent. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "replay/checker.hpp"
#include "replay/script_reader.hpp"
#include "replay/values.hpp"

namespace rollcall::replay {

/// Steps that are printed; the rest is only counted, so that a long recording doesn't flood a terminal.
inline constexpr std::uint64_t dry_run_steps_max = 1000;

/// Reads the rest of `reader`, checks each step (checker.hpp), and gives a line at a time to `print`, without
/// its end. Texts of strangers come out harmless. Throws ScriptError, after the lines of the steps before it.
Summary dry_run(ScriptReader& reader, const Values& values, const std::function<void(std::string_view)>& print);

}  // namespace rollcall::replay
