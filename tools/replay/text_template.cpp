#include "replay/text_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

using Piece = TextTemplate::Piece;

constexpr std::size_t quoted_bytes_max = 60;
constexpr std::array<std::pair<std::string_view, Piece::Kind>, 5> built_ins = {{{"client", Piece::Kind::client},
                                                                                {"n", Piece::Kind::number},
                                                                                {"round", Piece::Kind::round},
                                                                                {"random", Piece::Kind::random},
                                                                                {"count", Piece::Kind::count}}};

std::optional<std::uint32_t> to_number(std::string_view digits) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// What stands between the braces.
Piece parse_variable(std::string_view inner, bool is_expected) {
  const std::string shown = wire::printable(inner, quoted_bytes_max);
  if (const std::size_t colon = inner.find(':'); colon != std::string_view::npos) {
    const std::string_view range = inner.substr(colon + 1);
    const std::size_t dash = std::min(range.find('-'), range.size());
    const auto low = to_number(range.substr(0, dash));
    const auto high = to_number(range.substr(std::min(dash + 1, range.size())));
    if (inner.substr(0, colon) != "random" || !low || !high || *low > *high) {
      throw TemplateError(
          fmt::format("{{{}}} is no variable: a range is written {{random:1-6}}, from 0 to 4294967295", shown));
    }
    return {Piece::Kind::random, "random", *low, *high};
  }
  if (!is_variable_name(inner)) {
    throw TemplateError("the braces are empty: write {name} for a variable, {{ or }} for a brace");
  }
  Piece piece{Piece::Kind::named, std::string(inner)};
  for (const auto& [name, kind] : built_ins) {
    if (name == inner) piece.kind = kind;
  }
  if (piece.kind == Piece::Kind::count && !is_expected) {
    throw TemplateError("{count} is the reply's: it may stand in expected texts only");
  }
  return piece;
}

}  // namespace

bool is_built_in(std::string_view name) noexcept {
  return std::any_of(built_ins.begin(), built_ins.end(), [&](const auto& known) { return known.first == name; });
}

bool is_variable_name(std::string_view name) noexcept {
  return !name.empty() && name.find_first_of("{}:") == std::string_view::npos;
}

std::string with_doubled_braces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '{' || c == '}') out += c;
    out += c;
  }
  return out;
}

void TextTemplate::add_literal(std::string_view text) {
  if (pieces_.empty() || pieces_.back().kind != Piece::Kind::literal) pieces_.emplace_back();
  pieces_.back().text += text;
}

TextTemplate TextTemplate::parse(std::string_view source, bool is_expected) {
  TextTemplate result;
  while (!source.empty()) {
    const std::size_t brace = source.find_first_of("{}");
    if (brace != 0) {
      result.add_literal(source.substr(0, brace));
      source.remove_prefix(std::min(brace, source.size()));
    } else if (source.starts_with("{{") || source.starts_with("}}")) {
      result.add_literal(source.substr(0, 1));
      source.remove_prefix(2);
    } else {
      const std::size_t end = source.find_first_of("{}", 1);
      if (source[0] == '}' || end == std::string_view::npos || source[end] == '{') {
        throw TemplateError("a brace stands alone: write {name} for a variable, {{ or }} for a brace");
      }
      result.pieces_.push_back(parse_variable(source.substr(1, end - 1), is_expected));
      source.remove_prefix(end + 1);
    }
  }
  return result;
}

TextTemplate TextTemplate::constant(std::string bytes) {
  TextTemplate result;
  if (!bytes.empty()) result.pieces_.push_back({Piece::Kind::literal, std::move(bytes)});
  return result;
}

bool TextTemplate::is_constant() const noexcept {
  return std::all_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.kind == Piece::Kind::literal; });
}

std::size_t TextTemplate::constant_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const Piece& piece : pieces_) bytes += piece.kind == Piece::Kind::literal ? piece.text.size() : 0;
  return bytes;
}

std::string TextTemplate::source() const {
  std::string out;
  for (const Piece& piece : pieces_) {
    const bool has_range = piece.kind == Piece::Kind::random && (piece.low != 0 || piece.high != UINT32_MAX);
    if (piece.kind == Piece::Kind::literal) {
      out += with_doubled_braces(piece.text);
    } else {
      out += '{' + piece.text + (has_range ? fmt::format(":{}-{}", piece.low, piece.high) : std::string()) + '}';
    }
  }
  return out;
}

}  // namespace rollcall::replay
