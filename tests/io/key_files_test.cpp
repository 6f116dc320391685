// Files with keys: what is written, and which are not trusted.
#include "io/key_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace rollcall::io {
namespace {

class KeyFiles : public ::testing::Test {
 protected:
  KeyFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rollcall-keys-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~KeyFiles() override { std::filesystem::remove_all(folder_); }
  KeyFiles(const KeyFiles&) = delete;
  KeyFiles& operator=(const KeyFiles&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text, mode_t mode = S_IRUSR) const {
    std::ofstream(path(name)) << text;
    chmod(path(name).c_str(), mode);
  }
  template <typename Call>
  std::string error_of(Call call) {
    try {
      call();
    } catch (const KeyError& error) {
      return error.what();
    }
    return "none";
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(KeyFiles, ASecretThatWasMadeCanBeRead) {
  const std::string public_key = generate_key(path("key"));
  const KeyPair pair = read_secret_key(path("key"));
  EXPECT_EQ(pair.public_key, public_key);
  EXPECT_TRUE(core::is_key_text(pair.secret_key));
  EXPECT_NE(pair.secret_key, public_key);
  struct stat status {};
  ASSERT_EQ(stat(path("key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(KeyFiles, EveryKeyIsAnother) { EXPECT_NE(generate_key(path("one")), generate_key(path("other"))); }

TEST_F(KeyFiles, AFileIsNeverReplaced) {
  write("key", "mine");
  EXPECT_NE(error_of([&] { (void)generate_key(path("key")); }).find("is there already"), std::string::npos);
  std::ostringstream text;
  text << std::ifstream(path("key")).rdbuf();
  EXPECT_EQ(text.str(), "mine");
}

TEST_F(KeyFiles, ASecretThatOthersCanReadIsNone) {
  (void)generate_key(path("key"));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
    chmod(path("key").c_str(), mode);
    EXPECT_NE(error_of([&] { (void)read_secret_key(path("key")); }).find("chmod 600"), std::string::npos) << mode;
  }
  chmod(path("key").c_str(), 0400);
  EXPECT_EQ(error_of([&] { (void)read_secret_key(path("key")); }), "none");
}

TEST_F(KeyFiles, ASecretOfAnotherUserIsNotTrusted) {
  (void)generate_key(path("key"));
  if (geteuid() != 0 || chown(path("key").c_str(), 12'345, 12'345) != 0) return;  // only root can give files away
  EXPECT_NE(error_of([&] { (void)read_secret_key(path("key")); }).find("another user"), std::string::npos);
}

TEST_F(KeyFiles, OtherFilesAreNoSecrets) {
  write("empty", "");
  write("text", "hello\n");
  write("two", std::string(40, 'a') + "\n" + std::string(40, 'b') + "\n");
  write("odd", std::string(40, '~') + "\n");
  for (const char* name : {"empty", "text", "two", "odd"}) {
    EXPECT_NE(error_of([&] { (void)read_secret_key(path(name)); }).find("no secret key"), std::string::npos) << name;
  }
  EXPECT_NE(error_of([&] { (void)read_secret_key(path("missing")); }).find("--generate-key"), std::string::npos);
  EXPECT_NE(error_of([&] { (void)read_secret_key(path("")); }).find("not a file"), std::string::npos);
}

TEST_F(KeyFiles, AKeyInPlaceOfAFileIsNotRepeated) {
  const std::string key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
  for (const std::string& error :
       {error_of([&] { (void)read_secret_key(key); }), error_of([&] { (void)read_authorized_keys(key); })}) {
    EXPECT_EQ(error.find(key), std::string::npos) << error;
    EXPECT_NE(error.find("the name of a file"), std::string::npos) << error;
  }
}

TEST_F(KeyFiles, AListIsAFileThatNotEverybodyWrites) {
  write("list", "", 0602);
  EXPECT_NE(error_of([&] { (void)read_authorized_keys(path("list")); }).find("chmod o-w"), std::string::npos);
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  for (const char* name : {"pipe", ""}) {
    EXPECT_NE(error_of([&] { (void)read_authorized_keys(path(name)); }).find("not a file"), std::string::npos) << name;
  }
}

TEST_F(KeyFiles, AListNamesTheFileAndTheLine) {
  write("list", "# nobody\nx\n");
  EXPECT_TRUE(error_of([&] { (void)read_authorized_keys(path("list")); }).starts_with(path("list") + ":2: "));
  EXPECT_TRUE(error_of([&] { (void)read_authorized_keys(path("none")); }).starts_with(path("none") + ": No such file"));
  write("good", std::string(40, 'a') + " ana");
  EXPECT_EQ(read_authorized_keys(path("good")).size(), 1U);
}

}  // namespace
}  // namespace rollcall::io
