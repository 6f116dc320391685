// Does an outcome meet what a script expects? No state; any thread.
#pragma once

#include <optional>
#include <string>

#include "core/client_core.hpp"
#include "replay/script.hpp"
#include "replay/values.hpp"

namespace rollcall::replay {

/// What was expected and what came instead, for people: harmless on a terminal, and cut.
struct Mismatch {
  std::string expected;
  std::string got;
};

/// Nothing when `outcome` meets all of `expectation`. `moment` is that of the request. Takes time linear in the
/// outcome's text, whatever pattern the script has (RE2), and needs no deep stack.
[[nodiscard]] std::optional<Mismatch> compare(const Expectation& expectation, const core::ClientOutcome& outcome,
                                              const Values& values, const Moment& moment);
/// No outcome came in `waited`.
[[nodiscard]] Mismatch missing(const Expectation& expectation, Duration waited, const Values& values,
                               const Moment& moment);

}  // namespace rollcall::replay
