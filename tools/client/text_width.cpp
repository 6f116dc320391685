#include "client/text_width.hpp"

#include <langinfo.h>

#include <algorithm>
#include <clocale>
#include <cstring>
#include <cwchar>

namespace rollcall::tools {
namespace {

/// The first character's bytes and columns; no bytes at the end, or where there is none.
struct Character {
  std::size_t bytes = 0;
  int columns = 0;
};

Character first_character(std::string_view text, std::mbstate_t& state) {
  wchar_t c = 0;
  const std::size_t used = std::mbrtowc(&c, text.data(), text.size(), &state);
  if (used == 0 || used > text.size()) return {};
  return {used, std::max(0, wcwidth(c))};
}

}  // namespace

void use_utf8_locale() {
  std::setlocale(LC_ALL, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

int width(std::string_view text) {
  int total = 0;
  std::mbstate_t state{};
  for (auto c = first_character(text, state); c.bytes > 0; c = first_character(text, state)) {
    total += c.columns;
    text.remove_prefix(c.bytes);
  }
  return total;
}

std::string padded(std::string text, int columns, bool right) {
  const auto blanks = static_cast<std::size_t>(std::max(0, columns - width(text)));
  return right ? std::string(blanks, ' ') + text : text.append(blanks, ' ');
}

std::string shortened(std::string_view text, int columns_max) {
  if (width(text) <= columns_max) return std::string(text);
  int total = 0;
  std::size_t size = 0;
  std::mbstate_t state{};
  for (auto c = first_character(text, state); c.bytes > 0; c = first_character(text.substr(size), state)) {
    total += c.columns;
    if (total >= columns_max) break;
    size += c.bytes;
  }
  return std::string(text.substr(0, size)) + "…";
}

}  // namespace rollcall::tools
