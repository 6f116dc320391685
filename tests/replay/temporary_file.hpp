// A file for one test, removed with it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace rollcall::test {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content = {}, const std::string& suffix = ".jsonl") {
    std::string name = (std::filesystem::temp_directory_path() / "rollcall-XXXXXX").string() + suffix;
    const int fd = ::mkstemps(name.data(), static_cast<int>(suffix.size()));
    if (fd < 0) throw std::runtime_error("no temporary file");
    ::close(fd);
    path_ = name;
    append(content);
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void append(std::string_view content) const { std::ofstream(path_, std::ios::app | std::ios::binary) << content; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace rollcall::test
