// A file that a report goes to, opened before the run, so that a path that cannot be written is known at once and not
// after an hour of load. Closes in its destructor. One thread.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace rollcall::replay {

/// Names the file and what the system said.
struct ReportFileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class ReportFile {
 public:
  /// Creates it where it is missing. What stood in it stays until write(): a run that never was takes nothing away.
  /// Throws ReportFileError.
  explicit ReportFile(std::string path);
  ~ReportFile();
  ReportFile(ReportFile&& other) noexcept;
  ReportFile& operator=(ReportFile&&) = delete;

  /// Throws ReportFileError when not all of it could be written, on a full disk for instance.
  void write(std::string_view text);

 private:
  std::string path_;
  int fd_;
  bool emptied_ = false;
};

}  // namespace rollcall::replay
