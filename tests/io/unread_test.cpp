// The books on what clients have not read, against libzmq's real giving back of memory.
#include "io/unread.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace rollcall::io {
namespace {

constexpr int ana = 5;
constexpr int bia = 6;
const std::string part(10'000, 'x');

core::Limits limits_of(std::size_t parts, std::size_t parts_of_all) {
  core::Limits limits;
  limits.message_bytes_max = part.size();
  limits.unread_bytes_max = parts * part.size();
  limits.total_unread_bytes_max = parts_of_all * part.size();
  return limits;
}

zmq::message_t must_fit(Unread& unread, int fd) {
  auto message = unread.message(fd, static_cast<std::uint32_t>(fd), part);
  EXPECT_TRUE(message.has_value());
  return std::move(message.value());
}

TEST(Unread, CountsUntilTheMemoryIsGivenBack) {
  Unread unread(limits_of(10, 100));
  {
    const zmq::message_t message = must_fit(unread, ana);
    EXPECT_EQ(message.to_string_view(), part);
    EXPECT_EQ(unread.bytes(ana), part.size());
    EXPECT_EQ(unread.total_bytes(), part.size());
  }
  EXPECT_EQ(unread.bytes(ana), 0U);
  EXPECT_EQ(unread.most_bytes(ana), part.size());
  EXPECT_EQ(unread.most_bytes(bia), 0U);
  EXPECT_EQ(unread.total_bytes(), 0U);
  EXPECT_EQ(unread.written_off_bytes(), 0U);
}

TEST(Unread, AClientMayHaveItsBoundAndNoMore) {
  Unread unread(limits_of(2, 100));
  const zmq::message_t first = must_fit(unread, ana);
  {
    const zmq::message_t second = must_fit(unread, ana);
    EXPECT_FALSE(unread.message(ana, ana, "and one byte more"));
    must_fit(unread, bia);
  }
  must_fit(unread, ana);
}

TEST(Unread, OnePartAlwaysFits) {
  core::Limits limits = limits_of(1, 1);
  limits.unread_bytes_max = 1;
  Unread unread(limits);
  const zmq::message_t message = must_fit(unread, ana);
  EXPECT_FALSE(unread.most_over_bound());
  EXPECT_FALSE(unread.message(ana, ana, part));
}

TEST(Unread, WhoHasMostToReadHasToGo) {
  Unread unread(limits_of(10, 3));
  const zmq::message_t of_bia = must_fit(unread, bia);
  const zmq::message_t of_ana = must_fit(unread, ana);
  const zmq::message_t again_of_ana = must_fit(unread, ana);
  EXPECT_FALSE(unread.most_over_bound());
  const zmq::message_t third_of_ana = must_fit(unread, ana);
  const auto clogged = unread.most_over_bound();
  ASSERT_TRUE(clogged);
  EXPECT_EQ(clogged->fd, ana);
  EXPECT_EQ(clogged->routing_id, static_cast<std::uint32_t>(ana));
  EXPECT_EQ(unread.total_bytes(), part.size());
  EXPECT_EQ(unread.written_off_bytes(), 3 * part.size());
  EXPECT_FALSE(unread.most_over_bound());
}

TEST(Unread, WhatAnEndedConnectionLeftCountsNoLonger) {
  Unread unread(limits_of(2, 3));
  zmq::message_t first = must_fit(unread, ana);
  const zmq::message_t second = must_fit(unread, ana);
  unread.ended(ana);
  EXPECT_EQ(unread.total_bytes(), 0U);
  EXPECT_EQ(unread.written_off_bytes(), 2 * part.size());
  const zmq::message_t of_the_next = must_fit(unread, ana);
  first.rebuild();
  EXPECT_EQ(unread.written_off_bytes(), part.size());
  EXPECT_EQ(unread.bytes(ana), part.size());
  EXPECT_EQ(unread.total_bytes(), part.size());
}

TEST(Unread, TheNextClientOnADescriptorBeginsAnew) {
  Unread unread(limits_of(1, 100));
  const zmq::message_t of_the_first = must_fit(unread, ana);
  const auto of_the_next = unread.message(ana, 77, part);
  ASSERT_TRUE(of_the_next);
  EXPECT_EQ(unread.total_bytes(), part.size());
}

TEST(Unread, MemoryMayComeBackAfterTheEnd) {
  zmq::message_t message;
  {
    Unread unread(limits_of(1, 1));
    message = must_fit(unread, ana);
  }
  EXPECT_EQ(message.to_string_view(), part);
}

}  // namespace
}  // namespace rollcall::io
