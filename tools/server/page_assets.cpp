#include "server/page_assets.hpp"

// By embed.cmake: where each file begins, and where it has ended.
extern "C" {
#define ROLLCALL_ASSET(symbol, path, type, file) extern const char symbol[], symbol##_end[];
#include "embedded_files.inc"
#undef ROLLCALL_ASSET
}

namespace rollcall::http {

std::optional<Asset> find_asset(std::string_view path) noexcept {
#define ROLLCALL_ASSET(symbol, its_path, type, file) \
  if (path == its_path) return Asset{type, {symbol, symbol##_end}};
#include "embedded_files.inc"
#undef ROLLCALL_ASSET
  return std::nullopt;
}

}  // namespace rollcall::http
