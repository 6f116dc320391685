#include "common/recording_file.hpp"

#include <sys/stat.h>

#include "recording_folder.hpp"
#include "rollcall/error.hpp"

namespace rollcall::tools {
namespace {

class RecordingFileTest : public test::RecordingFolder {
 protected:
  static unsigned mode(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 0777U;
  }
};

TEST_F(RecordingFileTest, OnlyItsOwnerMayReadIt) {
  RecordingFile file(path("a"), false);
  EXPECT_TRUE(file.write("one\n"));
  EXPECT_TRUE(file.write("two\n"));
  EXPECT_EQ(content(path("a")), "one\ntwo\n");
  EXPECT_EQ(mode(path("a")), 0600U);
}

TEST_F(RecordingFileTest, AFileThatExistsIsReplacedByForceOnly) {
  std::ofstream(path("a")) << "old";
  chmod(path("a").c_str(), 0644);
  try {
    const RecordingFile file(path("a"), false);
    FAIL() << "an existing file was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::config);
    EXPECT_EQ(error.what(), "--record: " + path("a") + " exists: give another name, or --force to replace it");
  }
  EXPECT_EQ(content(path("a")), "old");
  RecordingFile file(path("a"), true);
  EXPECT_TRUE(file.write("new\n"));
  EXPECT_EQ(content(path("a")), "new\n");
  EXPECT_EQ(mode(path("a")), 0600U);
}

TEST_F(RecordingFileTest, WhatCanNotBeCreatedIsNamed) {
  try {
    const RecordingFile file(path("nowhere/a"), false);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "--record: cannot create " + path("nowhere/a") + ": No such file or directory");
  }
}

TEST_F(RecordingFileTest, AFullDiskIsAProblemForEver) {
  RecordingFile file("/dev/full", true);
  EXPECT_FALSE(file.write("one\n"));
  EXPECT_TRUE(file.problem().starts_with("--record: cannot write to /dev/full: No space left on device"));
  EXPECT_FALSE(file.write("two\n"));
}

TEST_F(RecordingFileTest, DiscardedItIsGone) {
  RecordingFile file(path("a"), false);
  file.discard();
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

}  // namespace
}  // namespace rollcall::tools
