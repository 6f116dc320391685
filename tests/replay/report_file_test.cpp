// The files that reports go to (report_file.hpp).
#include "replay/report_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace rollcall::replay {
namespace {

class ReportFileTest : public testing::Test {
 protected:
  ReportFileTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "rollcall-XXXXXX").string();
    if (mkdtemp(folder.data()) != nullptr) folder_ = folder;
  }
  ~ReportFileTest() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }

  std::filesystem::path folder_;
};

TEST_F(ReportFileTest, HoldsThisRunAndNothingOfTheLast) {
  ReportFile(path("report")).write("a long report of the run before");
  ReportFile opened(path("report"));
  EXPECT_EQ(content("report"), "a long report of the run before") << "no run has taken its place";
  ReportFile file = std::move(opened);
  file.write("this ");
  file.write("run");
  EXPECT_EQ(content("report"), "this run");
}

std::string error_of(const std::string& path, const std::string& text) {
  try {
    ReportFile(path).write(text);
  } catch (const ReportFileError& error) {
    return error.what();
  }
  return "";
}

TEST_F(ReportFileTest, NamesWhatCannotBeOpened) {
  EXPECT_EQ(error_of(path("none/report"), ""), "cannot write " + path("none/report") + ": No such file or directory");
  EXPECT_EQ(error_of(folder_.string(), ""), "cannot write " + folder_.string() + ": Is a directory");
}

TEST_F(ReportFileTest, NamesWhatCannotBeWritten) {
  EXPECT_EQ(error_of("/dev/full", "text"), "cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace rollcall::replay
