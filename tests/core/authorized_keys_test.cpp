// The file that says who may come in: what is read from it, and what is wrong with it where.
#include "core/authorized_keys.hpp"

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

const std::string ana(key_text_bytes, 'a');
const std::string ben = std::string(key_text_bytes - 2, 'b') + "##";

AuthorizedKeys keys_in(const std::string& text) {
  auto parsed = parse_authorized_keys(text);
  if (const auto* fault = std::get_if<KeyListFault>(&parsed)) {
    ADD_FAILURE() << "line " << fault->line << ": " << fault->what;
    return {};
  }
  return std::get<AuthorizedKeys>(parsed);
}

std::string fault_in(const std::string& text) {
  const auto parsed = parse_authorized_keys(text);
  const auto* fault = std::get_if<KeyListFault>(&parsed);
  return fault == nullptr ? "none" : std::to_string(fault->line) + ": " + fault->what;
}

TEST(AuthorizedKeysFile, HasAKeyAndANameALine) {
  const auto keys = keys_in("# who may come in\n\n" + ana + " ana\n\t" + ben + "\t Ben of the  shop \n#\n");
  EXPECT_EQ(keys, (AuthorizedKeys{{ana, "ana"}, {ben, "Ben of the  shop"}}));
}

// libzmq refuses five characters that are worth more than 32 bits.
TEST(AuthorizedKeysFile, AKeyStandsFor32Bytes) {
  EXPECT_TRUE(is_key_text(std::string(key_text_bytes, '0')));
  EXPECT_TRUE(is_key_text(std::string(35, '0') + "%nSc0"));  // 0xffffffff
  EXPECT_FALSE(is_key_text(std::string(35, '0') + "%nSc1"));
  EXPECT_FALSE(is_key_text(std::string(key_text_bytes, '#')));
  EXPECT_FALSE(is_key_text(std::string(key_text_bytes - 1, '0')));
  EXPECT_FALSE(is_key_text(std::string(key_text_bytes + 1, '0')));
  EXPECT_FALSE(is_key_text(std::string(key_text_bytes - 1, '0') + '\0'));
}

TEST(AuthorizedKeysFile, ALineIsLeftOutByAHash) {
  EXPECT_EQ(keys_in("#" + ana + " ana\n" + ben + " ben\n#comment\n"), (AuthorizedKeys{{ben, "ben"}}));
}

TEST(AuthorizedKeysFile, MayBeEmpty) {
  EXPECT_TRUE(keys_in("").empty());
  EXPECT_TRUE(keys_in("\n\n# nobody\n").empty());
}

TEST(AuthorizedKeysFile, MayComeFromOtherEditors) {
  EXPECT_EQ(keys_in(ana + " ana\r\n" + ben + " ben"), (AuthorizedKeys{{ana, "ana"}, {ben, "ben"}}));
}

TEST(AuthorizedKeysFile, NamesNeedNotBeUnique) { EXPECT_EQ(keys_in(ana + " ana\n" + ben + " ana\n").size(), 2U); }

TEST(AuthorizedKeysFile, AKeyOnceOnly) {
  EXPECT_EQ(fault_in(ana + " ana\n" + ana + " other\n"), "2: the key is there already");
}

TEST(AuthorizedKeysFile, NamesAWrongLine) {
  const std::string format = "a line is a public key of 40 characters, a space and a name";
  EXPECT_EQ(fault_in("# x\nana " + ana + "\n"), "2: " + format);
  EXPECT_EQ(fault_in(ana.substr(1) + " ana"), "1: " + format);
  EXPECT_EQ(fault_in(ana + "a ana"), "1: " + format);
  EXPECT_EQ(fault_in(std::string(key_text_bytes, '~') + " ana"), "1: " + format);
  EXPECT_EQ(fault_in(std::string("\0", 1) + ana + " ana"), "1: " + format);
}

TEST(AuthorizedKeysFile, NamesAWrongName) {
  EXPECT_EQ(fault_in(ana), "1: a name is missing after the key");
  EXPECT_EQ(fault_in(ana + "  \n"), "1: a name is missing after the key");
  EXPECT_EQ(fault_in(ana + " \xff"), "1: the name is not UTF-8");
  EXPECT_EQ(fault_in(ana + " a\x1b[31m"), "1: the name has control characters");
  EXPECT_EQ(fault_in(ana + " a" + std::string("\0", 1) + "b"), "1: the name has control characters");
  EXPECT_EQ(fault_in(ana + " " + std::string(129, 'n')), "1: the name is longer than 128 bytes");
  EXPECT_EQ(fault_in(ana + " " + std::string(65'536, 'n')), "1: the name is longer than 128 bytes");
  EXPECT_EQ(keys_in(ana + " " + std::string(128, 'n')).size(), 1U);
}

}  // namespace
}  // namespace rollcall::core
