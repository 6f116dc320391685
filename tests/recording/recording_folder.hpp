// A folder for the files of one test, and what is in them. Gone with the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace rollcall::test {

class RecordingFolder : public ::testing::Test {
 protected:
  RecordingFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "rollcall-recording-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~RecordingFolder() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string content(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    return all.str();
  }

 private:
  std::filesystem::path folder_;
};

/// Without the lines that are for people.
inline std::string without_comments(const std::string& lines) {
  std::string kept;
  std::istringstream all(lines);
  for (std::string line; std::getline(all, line);) {
    if (!line.starts_with('#')) kept += line + "\n";
  }
  return kept;
}

}  // namespace rollcall::test
