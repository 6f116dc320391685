// Reads a script, step by step: memory is bounded by its longest line (script_line_bytes_max), not by the file. One
// thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "replay/line_reader.hpp"
#include "replay/script.hpp"
#include "replay/script_error.hpp"

namespace rollcall::replay {

class ScriptReader {
 public:
  /// Opens a file ("-": standard input) and reads its header. Throws ScriptError.
  explicit ScriptReader(const std::string& file);
  /// The same for bytes from elsewhere; `file` is their name in messages.
  ScriptReader(std::string file, LineReader::Source source);

  [[nodiscard]] const Header& header() const noexcept { return header_; }
  /// The next step, in the order of the file; nothing after the last. Throws ScriptError; there is nothing to read
  /// after one.
  std::optional<Step> next();
  /// As it was opened.
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  /// The header's CSV file, with the script's folder in front where its path is relative; "" when it has none.
  [[nodiscard]] std::string csv_path() const;

 private:
  std::optional<nlohmann::json> next_object();

  std::string file_;
  LineReader lines_;
  Header header_;
  Duration now_{0};  ///< the newest `at`
};

}  // namespace rollcall::replay
