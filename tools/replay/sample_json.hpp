// A Sample as JSON, for another process of the same load. Not a format for others: it may change with Sample.
#pragma once

#include <nlohmann/json.hpp>

#include "replay/sample.hpp"

namespace rollcall::replay {

/// Everything but `failures`, which only scripts have.
[[nodiscard]] nlohmann::json sample_to_json(const Sample& sample);
/// Throws nlohmann::json::exception.
[[nodiscard]] Sample sample_from_json(const nlohmann::json& json);

}  // namespace rollcall::replay
