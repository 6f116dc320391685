// Scripts written in tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "replay/checker.hpp"
#include "replay/script_reader.hpp"

namespace rollcall::test {

/// Bytes in memory, at most `chunk` at a time.
inline replay::LineReader::Source memory_source(std::string bytes, std::size_t chunk = SIZE_MAX) {
  return [bytes = std::move(bytes), chunk, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
    const std::size_t count = std::min({size, chunk, bytes.size() - at});
    std::memcpy(buffer, bytes.data() + at, count);
    at += count;
    return count;
  };
}

inline const std::string header_line = "{\"rollcall\": 1}\n";

/// All steps of a script; `text` is read as the file "s.jsonl".
inline std::vector<replay::Step> read_steps(const std::string& text, std::size_t chunk = SIZE_MAX) {
  replay::ScriptReader reader("s.jsonl", memory_source(text, chunk));
  std::vector<replay::Step> steps;
  while (auto step = reader.next()) steps.push_back(std::move(*step));
  return steps;
}
/// The only step of a script that has one.
inline replay::Step read_step(const std::string& line) { return read_steps(header_line + line).at(0); }

/// The message of the ScriptError that `act` throws; "" when it throws none.
template <typename Act>
std::string script_error(Act&& act) {
  try {
    act();
  } catch (const replay::ScriptError& error) {
    return error.what();
  }
  return "";
}
inline std::string reading_error(const std::string& text) {
  return script_error([&] { read_steps(text); });
}
/// The same for a step in line 2.
inline std::string step_error(const std::string& line) { return reading_error(header_line + line); }

/// Checks a script of these lines after the header.
inline replay::Summary checked(const std::string& lines, const std::string& header = header_line) {
  replay::ScriptReader reader("s.jsonl", memory_source(header + lines));
  const replay::Values values(reader.header(), reader.csv_path(), 1);
  replay::Checker checker(reader.file(), values);
  while (const auto step = reader.next()) checker.add(*step);
  return checker.summary();
}
inline std::string checking_error(const std::string& lines, const std::string& header = header_line) {
  return script_error([&] { (void)checked(lines, header); });
}

}  // namespace rollcall::test
