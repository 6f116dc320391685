#include "replay/expectation_parser.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <memory>

#include "replay/error_names.hpp"
#include "replay/spelling.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

constexpr std::size_t quoted_bytes_max = 60;
constexpr int pattern_memory_bytes_max = 8 << 20;

std::shared_ptr<const re2::RE2> compile(const std::string& pattern) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(pattern_memory_bytes_max);
  auto compiled = std::make_shared<const re2::RE2>(pattern, options);
  if (!compiled->ok()) {
    throw Fault(fmt::format("\"matches\" is no regular expression (RE2 syntax): {}: \"{}\"", compiled->error(),
                            wire::printable(pattern, quoted_bytes_max)));
  }
  return compiled;
}

void check_error_name(const std::string& name) {
  const std::vector<std::string>& known = expected_error_names();
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  throw Fault(fmt::format("\"error\" is \"{}\"{}", wire::printable(name, quoted_bytes_max),
                          did_you_mean(name, known,
                                       ", which is none: the names are those of PROTOCOL.md, section 7, in small "
                                       "letters, such as \"busy\", and \"unknown\"")));
}

}  // namespace

const std::vector<std::string>& expectation_keys() {
  static const std::vector<std::string> keys = {"text", "hex", "matches", "count", "error", "timeout"};
  return keys;
}

Expectation parse_expectation(const Fields& fields, std::uint64_t line) {
  Expectation result;
  result.line = line;
  fields.not_both("text", "hex");
  result.text = fields.text_template("text", true);
  result.bytes = fields.bytes("hex");
  result.pattern = fields.text("matches");
  if (result.pattern) result.compiled = compile(*result.pattern);
  result.count = fields.number32("count", 0);
  result.error = fields.text("error");
  result.timeout = fields.duration("timeout");
  if (result.error) {
    check_error_name(*result.error);
    fields.not_both("error", "count");
    fields.not_both("error", "hex");
    if (*result.error == unknown_outcome && (result.text || result.pattern)) {
      throw Fault("\"unknown\" has no text: it means that no answer came before the connection was lost");
    }
  }
  return result;
}

}  // namespace rollcall::replay
