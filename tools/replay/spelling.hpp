// Which word was meant? For error messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::replay {

/// The word of `known` that `word` is most like, when it is like one: at most a third of it has to change. Otherwise
/// "".
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);
/// `: did you mean "nearest"?`, or `otherwise`.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                                       std::string_view otherwise);

}  // namespace rollcall::replay
