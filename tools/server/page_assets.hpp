// The live page and what it is made of, put into the program when it is built (page_assets.cmake): ours, and dygraphs
// of Debian's libjs-dygraphs. Any thread; all of it lives as long as the program.
#pragma once

#include <optional>
#include <string_view>

namespace rollcall::http {

struct Asset {
  std::string_view content_type;
  std::string_view body;
};

/// What is served at this path, such as "/" or "/page.js"; nothing where there is none.
[[nodiscard]] std::optional<Asset> find_asset(std::string_view path) noexcept;

}  // namespace rollcall::http
