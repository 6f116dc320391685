// Lines of a file or a pipe, one at a time: memory is bounded by the longest line that is allowed, whatever comes.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::replay {

/// The line `line` is longer than is allowed, or could not be read.
struct LineError : std::runtime_error {
  LineError(std::uint64_t at, const std::string& what) : std::runtime_error(what), line(at) {}
  std::uint64_t line;
};

class LineReader {
 public:
  /// Fills up to `size` bytes and returns how many; 0 at the end. May throw.
  using Source = std::function<std::size_t(char* buffer, std::size_t size)>;

  LineReader(Source source, std::size_t line_bytes_max);

  /// The next line without its end ("\n" or "\r\n"; the last one may have none), valid until the next call; nothing
  /// after the last. Throws LineError for one that is too long, before all of it was read.
  std::optional<std::string_view> next();
  /// The number of the line that next() gave, from 1.
  [[nodiscard]] std::uint64_t line() const noexcept { return line_; }

 private:
  bool fill();

  Source source_;
  std::size_t line_bytes_max_;
  std::vector<char> buffer_;  ///< as it came from the source
  std::size_t begin_ = 0;     ///< of what is left in it
  std::size_t end_ = 0;
  std::string partial_;  ///< of a line that began in an earlier buffer
  bool partial_given_ = false;
  std::uint64_t line_ = 0;
};

/// Reads a file; "-" is standard input. Throws std::system_error when it can't be opened or read (a folder can't).
[[nodiscard]] LineReader::Source file_source(const std::string& path);

}  // namespace rollcall::replay
