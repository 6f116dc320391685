#include "replay/expectation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "replay/duration_text.hpp"
#include "replay/error_names.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

using Outcome = core::ClientOutcome;

constexpr std::size_t text_bytes_max = 200;
constexpr std::size_t hex_bytes_max = 64;
/// A difference further back than this is shown with only so much of what stands before it.
constexpr std::size_t same_bytes_max = 100;
constexpr std::size_t context_bytes = 20;

/// Where two texts begin to differ, or 0 when that is near their beginning anyway; never inside a character.
std::size_t far_difference(std::string_view one, std::string_view other) {
  const auto [a, b] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  auto same = static_cast<std::size_t>(a - one.begin());
  if (same < same_bytes_max) return 0;
  same -= context_bytes;
  while (same > 0 && same < one.size() && (static_cast<unsigned char>(one[same]) & 0xC0U) == 0x80U) --same;
  return same;
}

std::string in_quotes(std::string_view text, std::size_t from = 0) {
  const std::string shown = wire::printable(text.substr(std::min(from, text.size())), text_bytes_max);
  return from == 0 ? fmt::format("\"{}\"", shown) : fmt::format("\"… {}\" (from byte {})", shown, from);
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, hex_bytes_max)) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  if (bytes.size() > hex_bytes_max) out += fmt::format("… ({} bytes)", bytes.size());
  return out.empty() ? "no bytes" : out;
}

/// What came. `from`: where its text is of interest; `as_hex`: the script expects bytes.
std::string describe(const Outcome& outcome, std::size_t from, bool as_hex) {
  switch (outcome.kind) {
    case Outcome::Kind::reply:
      if (as_hex) return fmt::format("reply {} (count {})", hex(outcome.text), outcome.count);
      return fmt::format("reply {} (count {})", in_quotes(outcome.text, from), outcome.count);
    case Outcome::Kind::error:
      return fmt::format("error {}: {}", script_error_name(outcome.code), in_quotes(outcome.text, from));
    case Outcome::Kind::unknown:
      break;
  }
  return "unknown: the connection was lost before an answer came";
}

bool is_expected_kind(const Expectation& expectation, const Outcome& outcome) {
  if (!expectation.error) return outcome.kind == Outcome::Kind::reply;
  if (*expectation.error == unknown_outcome) return outcome.kind == Outcome::Kind::unknown;
  return outcome.kind == Outcome::Kind::error && script_error_name(outcome.code) == *expectation.error;
}

/// The parts of an expectation, or those of them that `outcome` does not meet.
std::vector<std::string> parts(const Expectation& expectation, const Outcome* outcome, const std::string& text,
                               std::size_t from) {
  std::vector<std::string> out;
  if (expectation.text && (outcome == nullptr || outcome->text != text)) out.push_back("text " + in_quotes(text, from));
  if (expectation.bytes && (outcome == nullptr || outcome->text != *expectation.bytes)) {
    out.push_back("bytes " + hex(*expectation.bytes));
  }
  if (expectation.pattern && (outcome == nullptr || !re2::RE2::PartialMatch(outcome->text, *expectation.compiled))) {
    out.push_back("text that matches " + in_quotes(*expectation.pattern));
  }
  if (expectation.count && (outcome == nullptr || outcome->count != *expectation.count)) {
    out.push_back(fmt::format("count {}", *expectation.count));
  }
  return out;
}

/// All of an expectation, for people.
std::string describe(const Expectation& expectation, const std::string& text) {
  std::string out = "a reply";
  if (expectation.error) out = *expectation.error == unknown_outcome ? "unknown" : "error " + *expectation.error;
  const std::vector<std::string> all = parts(expectation, nullptr, text, 0);
  return all.empty() ? out : fmt::format("{} with {}", out, fmt::join(all, " and "));
}

}  // namespace

std::optional<Mismatch> compare(const Expectation& expectation, const Outcome& outcome, const Values& values,
                                const Moment& moment) {
  const bool is_reply = outcome.kind == Outcome::Kind::reply;
  const auto count = is_reply ? std::optional(outcome.count) : std::nullopt;
  const std::string text = expectation.text ? values.render(*expectation.text, moment, count) : std::string();
  if (!is_expected_kind(expectation, outcome)) {
    return Mismatch{describe(expectation, text), describe(outcome, 0, expectation.bytes.has_value())};
  }
  const std::size_t from = expectation.text ? far_difference(text, outcome.text) : 0;
  const std::vector<std::string> failed = parts(expectation, &outcome, text, from);
  if (failed.empty()) return std::nullopt;
  return Mismatch{fmt::format("{}", fmt::join(failed, " and ")),
                  describe(outcome, from, expectation.bytes.has_value())};
}

Mismatch missing(const Expectation& expectation, Duration waited, const Values& values, const Moment& moment) {
  const std::string text = expectation.text ? values.render(*expectation.text, moment) : std::string();
  return {describe(expectation, text), fmt::format("nothing in {}", duration_text(waited))};
}

}  // namespace rollcall::replay
