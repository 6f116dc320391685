#include "server/http/listener.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace rollcall::http {
namespace {

TEST(ListenAddress, WhatIsTaken) {
  const auto check = [](const char* text, const char* host, std::uint16_t port, bool is_local) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->host, host) << text;
    EXPECT_EQ(address->port, port) << text;
    EXPECT_EQ(address->is_local, is_local) << text;
  };
  check("127.0.0.1:8090", "127.0.0.1", 8090, true);
  check("127.9.9.9:0", "127.9.9.9", 0, true);
  check("localhost:65535", "127.0.0.1", 65535, true);
  check("[::1]:80", "::1", 80, true);
  check("0.0.0.0:80", "0.0.0.0", 80, false);
  check("*:80", "0.0.0.0", 80, false);
  check("[::]:80", "::", 80, false);
  check("192.168.0.7:80", "192.168.0.7", 80, false);
  check("[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", 80, false);
}

TEST(ListenAddress, WhatIsNot) {
  for (const char* text : {"",
                           ":",
                           ":80",
                           "80",
                           "localhost",
                           "localhost:",
                           "localhost:x",
                           "localhost:80x",
                           "localhost:-1",
                           "localhost:65536",
                           "localhost:+80",
                           "example.org:80",
                           "127.0.0.1.x:80",
                           "127.1:80",
                           "::1:80",
                           "[::1]",
                           "[::1]x:80",
                           "[127.0.0.1]:80",
                           "[]:80",
                           "http://localhost:80",
                           "127.0.0.1:80:80",
                           " 127.0.0.1:80"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

TEST(Listener, TakesAFreePortAndTellsIt) {
  const Listener first({"127.0.0.1", 0, true});
  EXPECT_TRUE(first.url().starts_with("http://localhost:")) << first.url();
  const std::string digits = first.url().substr(17, first.url().size() - 18);
  try {
    const Listener second({"127.0.0.1", static_cast<std::uint16_t>(std::stoi(digits)), true});
    FAIL() << "it is taken";
  } catch (const ListenError& error) {
    EXPECT_NE(std::string(error.what()).find(first.url() + ": Address already in use"), std::string::npos);
  }
}

}  // namespace
}  // namespace rollcall::http
