// The default handler and its text: rollcall/server.hpp.
#include <gtest/gtest.h>

#include "rollcall/server.hpp"

namespace rollcall {
namespace {

std::string greet(std::string_view text, std::uint32_t count) { return greeting(text)({"", "", count}); }

TEST(Greeting, TheDefaultIsTheSeeds) {
  EXPECT_EQ(greeting()({"Hello, Server!", "ana", 3}), "Hello, Client! Conexões ativas: 3");
}

TEST(Greeting, TheCountMayStandAnywhereAndOften) {
  EXPECT_EQ(greet("{count}", 7), "7");
  EXPECT_EQ(greet("{count} of {count}!", 12), "12 of 12!");
}

TEST(Greeting, DoubledBracesAreBraces) { EXPECT_EQ(greet("{{{count}}} }}", 1), "{1} }"); }

TEST(Greeting, SaysWhatIsWrongWithIt) {
  for (const char* text : {"", "Hello", "{count", "count}", "{counts}", "{count}{", "}{count}", "{}"}) {
    try {
      const Handler handler = greeting(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::config);
      EXPECT_TRUE(std::string(error.what()).starts_with("greeting: ")) << error.what();
    }
  }
}

}  // namespace
}  // namespace rollcall
