// A text with variables in braces (proto/SCRIPT.md, templates): parsed once, filled in many times by values.hpp.
// A plain value; parsing throws, nothing else does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::replay {

/// What is wrong with a template: "what is wrong: what was meant".
struct TemplateError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class TextTemplate {
 public:
  struct Piece {
    enum class Kind : std::uint8_t {
      literal,
      named,   ///< of the header's variables, or a column of the CSV file
      client,  ///< the client's name in the script
      number,  ///< its number under a pattern
      round,   ///< of the innermost repeat
      random,  ///< from `low` to `high`
      count,   ///< the reply's own
    } kind = Kind::literal;
    std::string text;  ///< literal, or the variable's name
    std::uint32_t low = 0;
    std::uint32_t high = UINT32_MAX;
    bool operator==(const Piece&) const = default;
  };

  /// The empty text.
  TextTemplate() = default;
  /// Throws TemplateError. Only a text that is expected may have {count}.
  [[nodiscard]] static TextTemplate parse(std::string_view source, bool is_expected);
  /// These bytes, whatever they are.
  [[nodiscard]] static TextTemplate constant(std::string bytes);

  [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  [[nodiscard]] bool is_constant() const noexcept;
  /// Length of what is the same in every text that is made of it.
  [[nodiscard]] std::size_t constant_bytes() const noexcept;
  /// As it stands in a script: braces doubled, variables in braces.
  [[nodiscard]] std::string source() const;

 private:
  void add_literal(std::string_view text);

  std::vector<Piece> pieces_;
};

/// True for the names that mean something everywhere: client, n, round, random, count.
[[nodiscard]] bool is_built_in(std::string_view name) noexcept;
/// True for what may stand between braces: not empty, no braces, no colon.
[[nodiscard]] bool is_variable_name(std::string_view name) noexcept;
/// `text` with its braces doubled: a template that stands for it.
[[nodiscard]] std::string with_doubled_braces(std::string_view text);

}  // namespace rollcall::replay
