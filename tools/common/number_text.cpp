#include "common/number_text.hpp"

namespace rollcall::tools {

std::string grouped(std::uint64_t number, Language language) {
  std::string text = std::to_string(number);
  const char separator = language == Language::portuguese ? '.' : ',';
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, separator);
  return text;
}

}  // namespace rollcall::tools
