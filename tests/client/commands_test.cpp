// What is a command at a terminal, and what is sent.
#include "client/commands.hpp"

#include <gtest/gtest.h>

namespace rollcall::tools {
namespace {

TEST(Commands, AreKnownInBothLanguages) {
  for (const char* line : {"/quem", "/who"}) EXPECT_EQ(command_of(line), Command::who) << line;
  for (const char* line : {"/vigiar", "/watch"}) EXPECT_EQ(command_of(line), Command::watch) << line;
  for (const char* line : {"/ajuda", "/help"}) EXPECT_EQ(command_of(line), Command::help) << line;
  for (const char* line : {"/sair", "/quit"}) EXPECT_EQ(command_of(line), Command::leave) << line;
}

TEST(Commands, AreWholeLines) {
  for (const char* line : {"quem", "sair", " /quem", "a /quem", ""}) EXPECT_EQ(command_of(line), Command::none) << line;
  for (const char* line : {"/", "/quem ", "/quem agora", "/Quem", "/etc/passwd", "/quemm"}) {
    EXPECT_EQ(command_of(line), Command::unknown) << line;
  }
}

TEST(Commands, TwoSlashesSendOne) {
  EXPECT_EQ(command_of("//quem"), Command::none);
  EXPECT_EQ(message_of("//quem"), "/quem");
  EXPECT_EQ(command_of("///"), Command::none);
  EXPECT_EQ(message_of("///"), "//");
  EXPECT_EQ(message_of("a//b"), "a//b");
}

}  // namespace
}  // namespace rollcall::tools
