// Which addresses are held off, and for how long (core/door.hpp).
#include "core/door.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t burst = 10;
constexpr std::uint32_t refill_per_second = 50;
constexpr Time forgiveness = 20ms;
constexpr const char* host = "192.0.2.7";

class DoorTest : public ::testing::Test {
 protected:
  void fail(const std::string& who, std::uint32_t times, Time now) {
    for (std::uint32_t i = 0; i < times; ++i) door_.failed(who, now);
  }
  Door door_{burst, refill_per_second};
};

TEST_F(DoorTest, LetsInWhoFailedLessOftenThanTheBurst) {
  EXPECT_TRUE(door_.lets_in(host, 1s));
  fail(host, burst - 1, 1s);
  EXPECT_TRUE(door_.lets_in(host, 1s));
  fail(host, 1, 1s);
  EXPECT_FALSE(door_.lets_in(host, 1s));
  EXPECT_TRUE(door_.lets_in("192.0.2.8", 1s));
}

TEST_F(DoorTest, FailuresAreForgivenOneByOne) {
  fail(host, burst, 1s);
  EXPECT_FALSE(door_.lets_in(host, 1s + forgiveness - 1ns));
  EXPECT_TRUE(door_.lets_in(host, 1s + forgiveness));
  fail(host, 1, 1s + forgiveness);
  EXPECT_FALSE(door_.lets_in(host, 1s + forgiveness));
  fail(host, burst, 5s);
  EXPECT_FALSE(door_.lets_in(host, 5s)) << "the burst is full again after a time, and no fuller than it was";
}

TEST_F(DoorTest, MoreFailuresThanTheBurstHoldNobodyOffForLonger) {
  fail(host, 100 * burst, 1s);
  EXPECT_TRUE(door_.lets_in(host, 1s + forgiveness));
}

TEST_F(DoorTest, AFullRateOfFailuresIsLetInAndNoMore) {
  fail(host, burst, 1s);
  std::uint32_t let_in = 0;
  for (Time now = 1s; now < 3s; now += 1ms) {
    if (!door_.lets_in(host, now)) continue;
    ++let_in;
    door_.failed(host, now);
  }
  EXPECT_NEAR(let_in, 2 * refill_per_second, 1);
}

TEST_F(DoorTest, NeighboursInOnePrefixAreOne) {
  fail("2001:db8:1:2::1", burst, 1s);
  EXPECT_FALSE(door_.lets_in("2001:db8:1:2:ffff:ffff:ffff:ffff", 1s));
  EXPECT_TRUE(door_.lets_in("2001:db8:1:3::1", 1s));
}

TEST_F(DoorTest, ThoseWithoutAnAddressAreNeverHeldOff) {
  for (const char* who : {"ipc", "?", ""}) {
    fail(who, 100, 1s);
    EXPECT_TRUE(door_.lets_in(who, 1s)) << who;
  }
  EXPECT_EQ(door_.addresses(), 0U);
}

TEST_F(DoorTest, WhoFailedLastIsRemembered) {
  const auto name = [](std::size_t i) { return "10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256); };
  for (std::size_t i = 0; i < door_addresses_max; ++i) fail(name(i), burst, 1s);
  fail(name(0), 1, 1s);
  fail("192.0.2.1", 1, 1s);
  EXPECT_EQ(door_.addresses(), door_addresses_max);
  EXPECT_FALSE(door_.lets_in(name(0), 1s));
  EXPECT_TRUE(door_.lets_in(name(1), 1s));
  EXPECT_FALSE(door_.lets_in(name(2), 1s));
}

TEST(DoorAddress, IsAnIpv4AddressOrAPrefixOf64Bits) {
  EXPECT_EQ(Door::address_of("1.2.3.4"), 0x1'0102'0304U);
  EXPECT_EQ(Door::address_of("::ffff:1.2.3.4"), 0x1'0102'0304U);
  EXPECT_EQ(Door::address_of("255.255.255.255"), 0x1'ffff'ffffU);
  EXPECT_EQ(Door::address_of("2001:db8:1:2:3:4:5:6"), 0x2001'0db8'0001'0002U);
  EXPECT_EQ(Door::address_of("2001:db8::1"), 0x2001'0db8'0000'0000U);
  EXPECT_EQ(Door::address_of("2001:db8:0:7::"), 0x2001'0db8'0000'0007U);
  EXPECT_EQ(Door::address_of("::1:2:3:4:5:6"), 0x0000'0000'0001'0002U);
  EXPECT_EQ(Door::address_of("::1"), 0U);
  EXPECT_EQ(Door::address_of("::"), 0U);
}

TEST(DoorAddress, IsNothingElse) {
  for (const char* text :
       {"ipc", "?", "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", "1..2.3", "1:2:3", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4::5:6:7:8", "g::", "12345::", ":", "1:::2"}) {
    EXPECT_FALSE(Door::address_of(text)) << text;
  }
}

TEST(Door, TheLoopbackIsNeverHeldOff) {
  Door door(2, 1);
  for (const char* each : {"127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"}) {
    for (int i = 0; i < 100; ++i) door.failed(each, 10s);
    EXPECT_TRUE(door.lets_in(each, 10s)) << each;
  }
  for (const char* each : {"128.0.0.1", "126.0.0.1", "::1:0:0:0:1"}) {
    for (int i = 0; i < 100; ++i) door.failed(each, 10s);
    EXPECT_FALSE(door.lets_in(each, 10s)) << each;
  }
}

}  // namespace
}  // namespace rollcall::core
