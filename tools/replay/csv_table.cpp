#include "replay/csv_table.hpp"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include "replay/line_reader.hpp"
#include "replay/script_error.hpp"
#include "replay/text_template.hpp"
#include "wire/utf8.hpp"

namespace rollcall::replay {
namespace {

constexpr std::size_t quoted_bytes_max = 60;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// libcsv's parser, which calls back for each field and each row. It is fed line by line, so that the line of what is
/// wrong is known; its callbacks are C, so what is wrong is kept until feed() returns.
class Rows {
 public:
  Rows() {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) throw std::bad_alloc();
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });  // blanks are data, as RFC 4180 says
  }
  ~Rows() { csv_free(&parser_); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  /// A line with its end; rows that end with it are added to `out`. Throws Fault.
  void feed(std::string_view line, std::vector<std::vector<std::string>>& out) {
    out_ = &out;
    check(csv_parse(&parser_, line.data(), line.size(), on_field, on_row, this) == line.size());
  }
  void finish(std::vector<std::vector<std::string>>& out) {
    out_ = &out;
    check(csv_fini(&parser_, on_field, on_row, this) == 0);
  }

 private:
  void check(bool fine) {
    if (fine) return;
    if (csv_error(&parser_) != CSV_EPARSE) throw Fault(csv_strerror(csv_error(&parser_)));
    throw Fault(
        "a quote is out of place: a field with quotes, commas or line ends stands in quotes, and a quote in it "
        "is doubled");
  }
  static void on_field(void* bytes, std::size_t size, void* self) {
    static_cast<Rows*>(self)->row_.emplace_back(static_cast<const char*>(bytes), size);
  }
  static void on_row(int, void* self) {
    auto* rows = static_cast<Rows*>(self);
    rows->out_->push_back(std::exchange(rows->row_, {}));
  }

  csv_parser parser_{};
  std::vector<std::string> row_;
  std::vector<std::vector<std::string>>* out_ = nullptr;
};

void check_columns(const std::vector<std::string>& columns) {
  for (auto name = columns.begin(); name != columns.end(); ++name) {
    const std::string shown = wire::printable(*name, quoted_bytes_max);
    if (!is_variable_name(*name)) {
      throw Fault(fmt::format("\"{}\" is no column's name: the first line names the columns, without braces and colons",
                              shown));
    }
    if (is_built_in(*name)) throw Fault(fmt::format("\"{}\" is a variable already: rename the column", shown));
    if (std::find(columns.begin(), name, *name) != name)
      throw Fault(fmt::format("two columns are named \"{}\"", shown));
  }
}

}  // namespace

std::optional<std::size_t> CsvTable::column(std::string_view name) const noexcept {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

CsvTable CsvTable::read(const std::string& file) {
  CsvTable table;
  std::uint64_t line_number = 0;
  const auto take = [&](std::vector<std::vector<std::string>>& rows) {
    for (std::vector<std::string>& row : rows) {
      for (const std::string& value : row) {
        if (!wire::is_utf8(value)) throw Fault("a field is not UTF-8");
      }
      if (table.columns_.empty()) {
        check_columns(row);
        table.columns_ = std::move(row);
      } else if (row.size() != table.columns_.size()) {
        throw Fault(fmt::format("{} fields: {} are meant, as the first line has", row.size(), table.columns_.size()));
      } else {
        table.rows_.push_back(std::move(row));
      }
    }
    rows.clear();
  };
  try {
    Rows parser;
    LineReader lines(file_source(file), csv_bytes_max);
    std::vector<std::vector<std::string>> rows;
    std::size_t bytes = 0;
    while (auto text = lines.next()) {
      line_number = lines.line();
      if (line_number == 1 && text->starts_with(byte_order_mark)) text->remove_prefix(byte_order_mark.size());
      bytes += text->size() + 1;
      if (bytes > csv_bytes_max) throw Fault(fmt::format("the file is larger than {} MiB", csv_bytes_max >> 20U));
      parser.feed(*text, rows);
      parser.feed("\n", rows);
      take(rows);
    }
    parser.finish(rows);
    take(rows);
    if (table.rows_.empty()) throw Fault("there are no rows: a line of names and a line of values are the least");
  } catch (const Fault& fault) {
    throw ScriptError(file, line_number, fault.what());
  } catch (const LineError& error) {
    throw ScriptError(file, error.line, error.what());
  } catch (const std::system_error& error) {
    throw ScriptError(file, 0, fmt::format("{}: the script's \"csv\" is meant to name a file", error.what()));
  }
  return table;
}

}  // namespace rollcall::replay
