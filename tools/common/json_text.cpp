#include "common/json_text.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "wire/utf8.hpp"

namespace rollcall::tools {
namespace {

void append_escape(std::uint32_t code_point, std::string& out) {
  if (code_point > 0xFFFFU) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", 0xD7C0U + (code_point >> 10U));
    code_point = 0xDC00U + (code_point & 0x3FFU);
  }
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", code_point);
}

/// `character` is `point`, as bytes.
void append_safe(wire::CodePoint point, std::string_view character, std::string& out) {
  if (wire::printable(character, point.size) == character) {
    out += character;
  } else {
    append_escape(point.value, out);
  }
}

bool stands_for_itself(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '{' && c != '}'; }

}  // namespace

std::string safe_json(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const auto point = wire::first_code_point(json);
    const std::size_t size = point ? point->size : 1;
    if (point) append_safe(*point, json.substr(0, size), out);
    json.remove_prefix(size);
  }
  return out;
}

bool append_json_string(std::string_view text, Braces braces, std::string& out) {
  const std::size_t begin = out.size();
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && stands_for_itself(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto point = wire::first_code_point(text);
    if (!point) {
      out.resize(begin);
      return false;
    }
    const char c = text[0];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '{' || c == '}') {
      out.append(braces == Braces::doubled ? 2 : 1, c);
    } else {
      append_safe(*point, text.substr(0, point->size), out);
    }
    text.remove_prefix(point->size);
  }
  out += '"';
  return true;
}

}  // namespace rollcall::tools
