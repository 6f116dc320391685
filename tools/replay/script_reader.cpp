#include "replay/script_reader.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "replay/json_line.hpp"
#include "replay/step_parser.hpp"

namespace rollcall::replay {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

LineReader::Source open(const std::string& file) {
  try {
    return file_source(file);
  } catch (const std::system_error& error) {
    throw ScriptError(file, 0,
                      fmt::format("{}: give a script that can be read, or - for standard input", error.what()));
  }
}

/// Calls `parse`, and says where it was when it fails.
template <typename Parse>
auto with_place(const std::string& file, std::uint64_t line, Parse&& parse) {
  try {
    return parse();
  } catch (const Fault& fault) {
    throw ScriptError(file, line, fault.what());
  }
}

}  // namespace

ScriptReader::ScriptReader(const std::string& file) : ScriptReader(file, open(file)) {}

ScriptReader::ScriptReader(std::string file, LineReader::Source source)
    : file_(std::move(file)), lines_(std::move(source), script_line_bytes_max) {
  const auto object = next_object();
  if (!object) throw ScriptError(file_, 0, "the script is empty: it begins with {\"rollcall\": 1}");
  header_ = with_place(file_, lines_.line(), [&] { return parse_header(*object); });
}

std::optional<nlohmann::json> ScriptReader::next_object() {
  try {
    while (auto line = lines_.next()) {
      if (lines_.line() == 1 && line->starts_with(byte_order_mark)) line->remove_prefix(byte_order_mark.size());
      const std::size_t first = line->find_first_not_of(" \t\r");
      if (first == std::string_view::npos || (*line)[first] == '#') continue;
      return with_place(file_, lines_.line(), [&] { return parse_json_line(*line); });
    }
    return std::nullopt;
  } catch (const LineError& error) {
    throw ScriptError(file_, error.line,
                      fmt::format("{}: {} MiB are allowed", error.what(), script_line_bytes_max >> 20U));
  } catch (const std::system_error& error) {
    throw ScriptError(file_, 0, fmt::format("{}: give a file that can be read to its end", error.what()));
  }
}

std::optional<Step> ScriptReader::next() {
  const auto object = next_object();
  if (!object) return std::nullopt;
  return with_place(file_, lines_.line(), [&] { return parse_step(*object, lines_.line(), now_); });
}

std::string ScriptReader::csv_path() const {
  const std::filesystem::path path(header_.csv);
  if (path.empty() || path.is_absolute() || file_ == "-") return path.string();
  return (std::filesystem::path(file_).parent_path() / path).string();
}

}  // namespace rollcall::replay
