// In steady state a request costs no allocation: from the message that comes to the answer that goes.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/core_conversation.hpp"
#include "support/counting_new.hpp"

namespace rollcall::core {
namespace {

using test::allocations_in;
using namespace std::chrono_literals;

class AllocationTest : public ::testing::Test {
 protected:
  /// `requests` requests of the clients by turns: at_once[0] in the first turn of the loop, at_once[1] in the next ...
  template <typename Ask>
  void converse(std::size_t requests, const std::vector<std::uint32_t>& at_once, Ask&& ask) {
    std::size_t asked = 0;
    for (std::size_t turn = 0; asked < requests; ++turn) {
      for (std::uint32_t i = 0; i < at_once[turn % at_once.size()] && asked < requests; ++i, ++asked) {
        ask(static_cast<std::uint32_t>(asked) % talk.clients());
      }
      talk.work();
    }
  }
  template <typename Ask>
  void expect_no_allocation(const std::vector<std::uint32_t>& at_once, Ask&& ask) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{10}, std::size_t{100}}) {
      talk.body.assign(bytes, 'x');
      converse(8000, at_once, ask);  // until twice a window of each client's answers was kept
      const std::uint64_t before = talk.sends;
      EXPECT_EQ(allocations_in([&] { converse(1000, at_once, ask); }), 0U) << "bodies of " << bytes << " bytes";
      EXPECT_EQ(talk.sends - before, 1000U);
    }
  }
  void request(std::uint32_t client) { talk.request(client); }
  void plain(std::uint32_t client) { talk.plain(client); }

  test::CoreConversation talk{7};
};

TEST_F(AllocationTest, TheCountIsAlive) {
  EXPECT_EQ(allocations_in([] { ::operator delete(::operator new(1)); }), 1U);
}

TEST_F(AllocationTest, ARequestATurn) {
  expect_no_allocation({1}, [this](std::uint32_t client) { request(client); });
}

TEST_F(AllocationTest, APlainRequestATurn) {
  expect_no_allocation({1}, [this](std::uint32_t client) { plain(client); });
}

TEST_F(AllocationTest, BurstsOfRequests) {
  expect_no_allocation({1, 50, 3, 20}, [this](std::uint32_t client) { request(client); });
}

TEST_F(AllocationTest, BurstsOfPlainRequests) {
  expect_no_allocation({1, 50, 3, 20}, [this](std::uint32_t client) { plain(client); });
}

TEST_F(AllocationTest, BothModesByTurns) {
  bool full = false;
  expect_no_allocation({2, 31}, [&](std::uint32_t client) { (full = !full) ? request(client) : plain(client); });
}

// A buffer that grew is given back, so that what a client once sent is not held for ever (kept_buffer_bytes_max).
TEST_F(AllocationTest, LargeRequestsLeaveNothingBehind) {
  const std::string large(100'000, 'x');
  talk.body = large;
  for (std::uint32_t client = 0; client < talk.clients(); ++client) plain(client);
  talk.step(TurnEnded{});
  ASSERT_NE(talk.batch, nullptr);
  for (std::size_t i = 0; i < talk.batch->size; ++i) answer(talk.batch->jobs[i], talk.batch->jobs[i].body);
  const Batch& lent = *talk.batch;
  talk.step(Finished{0, static_cast<std::uint32_t>(lent.size), 1us});
  talk.batch = nullptr;
  for (const Job& job : lent.jobs) EXPECT_LE(job.body.capacity(), kept_buffer_bytes_max);
  talk.body = "x";
  plain(0);
  talk.step(TurnEnded{});
  ASSERT_EQ(talk.batch, &lent);
  for (const Job& job : lent.jobs) EXPECT_LE(job.reply.capacity(), kept_buffer_bytes_max);
}

}  // namespace
}  // namespace rollcall::core
