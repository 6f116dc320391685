// The file of a recording: made by us alone, readable by its owner alone, and never more than whole lines. One thread
// at a time.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace rollcall::tools {

class RecordingFile {
 public:
  /// Creates it. Throws Error(config) when it can't be created, or exists and `force` is not given.
  RecordingFile(std::string path, bool force);
  ~RecordingFile();
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  /// Writes whole lines. False when that was not possible, now or before: the file then ends with the last lines that
  /// were written, and problem() says why.
  bool write(std::string_view lines);
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Removes it: nothing came of the recording.
  void discard() noexcept;

 private:
  std::string path_;
  int fd_ = -1;
  off_t size_ = 0;
  std::string problem_;
};

}  // namespace rollcall::tools
