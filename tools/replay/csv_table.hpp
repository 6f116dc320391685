// Values from a CSV file (RFC 4180): its first line names the columns, each other one is a client's. Read whole, and
// bounded. Immutable after reading; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::replay {

/// Of the file. Each client needs a few words, so this is enough for a million of them.
inline constexpr std::size_t csv_bytes_max = std::size_t{64} << 20U;

class CsvTable {
 public:
  /// Throws ScriptError that names the file and its line: it can't be read, has no rows, a row has another number of
  /// fields than the first line, a quote is where none may be, text is not UTF-8, a column's name is no variable's.
  [[nodiscard]] static CsvTable read(const std::string& file);

  [[nodiscard]] const std::vector<std::string>& columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }
  /// The index of a column.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const noexcept;
  /// `row` counts from 0 and begins anew after the last one.
  [[nodiscard]] const std::string& value(std::size_t row, std::size_t column) const {
    return rows_[row % rows_.size()][column];
  }

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace rollcall::replay
