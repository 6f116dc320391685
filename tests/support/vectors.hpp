// The vectors of proto/vectors (its README.md says what is in them). A test program gets their place from the build, as
// ROLLCALL_VECTORS.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace rollcall::test {

/// The array in `file`, such as "messages.json". Throws when it can't be read.
inline nlohmann::json load_vectors(const std::string& file) {
  std::ifstream in(std::filesystem::path(ROLLCALL_VECTORS) / file);
  in.exceptions(std::ios::failbit | std::ios::badbit);
  return nlohmann::json::parse(in);
}

}  // namespace rollcall::test
