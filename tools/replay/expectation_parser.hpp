// What a script expects of a reply, from its JSON. Nothing is kept between calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/fields.hpp"
#include "replay/script.hpp"

namespace rollcall::replay {

/// The keys of an expectation.
[[nodiscard]] const std::vector<std::string>& expectation_keys();
/// Takes those keys of `fields`. Throws Fault: both `text` and `hex`, an unknown error, a pattern that is none.
[[nodiscard]] Expectation parse_expectation(const Fields& fields, std::uint64_t line);

}  // namespace rollcall::replay
