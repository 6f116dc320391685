// Messages that wait for the news of their connection: io/early_messages.hpp.
#include "io/early_messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::io {
namespace {

using namespace std::chrono_literals;

constexpr core::Time start = 100s;

bool keep(EarlyMessages& early, const std::string& text, core::Time since = start) {
  Frontend::Incoming message;
  message.part = zmq::message_t(text);
  return early.keep(message, since);
}

TEST(EarlyMessages, GivesThemBackInOrder) {
  EarlyMessages early;
  EXPECT_TRUE(early.empty());
  EXPECT_TRUE(keep(early, "first"));
  EXPECT_TRUE(keep(early, "second"));
  EXPECT_FALSE(early.empty());
  const auto all = early.take_all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].incoming.part.to_string(), "first");
  EXPECT_EQ(all[1].incoming.part.to_string(), "second");
  EXPECT_TRUE(early.empty());
}

TEST(EarlyMessages, GivesUpOnNewsThatDoesNotCome) {
  EarlyMessages early;
  EXPECT_FALSE(early.is_stale(start + 1h));
  keep(early, "first");
  keep(early, "second", start + 1ms);
  EXPECT_FALSE(early.is_stale(start + EarlyMessages::patience - 1ns));
  EXPECT_TRUE(early.is_stale(start + EarlyMessages::patience));
}

TEST(EarlyMessages, AreBoundedByNumberAndByBytes) {
  EarlyMessages early;
  const auto kept = [&early](const std::string& text) {
    std::size_t count = 0;
    while (count < 100'000 && keep(early, text)) ++count;
    return count;
  };
  EXPECT_EQ(kept("x"), 1024U);
  early.take_all();
  EXPECT_EQ(kept(std::string(std::size_t{1} << 20U, 'x')), 16U);
  early.take_all();
  EXPECT_TRUE(keep(early, "what was taken makes room"));
}

}  // namespace
}  // namespace rollcall::io
