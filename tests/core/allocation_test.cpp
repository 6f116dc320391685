// In steady state a request costs no allocation: from the message that comes to the answer that goes.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/server_core.hpp"
#include "support/counting_new.hpp"
#include "wire/codec.hpp"

namespace rollcall::core {
namespace {

using test::allocations_in;
using namespace std::chrono_literals;

/// Some clients and one worker, which answers with the body itself.
class AllocationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    step(WorkerReady{0});
    for (std::uint32_t client = 0; client < clients; ++client) {
      step(Opened{descriptor(client), {"10.0.0.1", 40'000U + client}});
      std::string hello;
      wire::encode(wire::Hello{"ana", {}, {}}, hello);
      step(Received{client, descriptor(client), false, false, hello});
    }
  }
  static int descriptor(std::uint32_t client) { return 10 + static_cast<int>(client); }

  void step(const ServerEvent& event) {
    for (const Effect& effect : core.step(event, now)) {
      if (const auto* dispatch = std::get_if<Dispatch>(&effect)) batch = dispatch->batch;
      if (std::holds_alternative<Send>(effect)) ++sends;
    }
  }
  void request(std::uint32_t client) {
    part.clear();
    wire::encode(wire::Request{++id, body}, part);
    step(Received{client, descriptor(client), false, false, part});
  }
  void plain(std::uint32_t client) { step(Received{client, descriptor(client), false, false, body}); }
  /// The turn ends, and the worker does what it gets until nothing is left.
  void work() {
    for (step(TurnEnded{}); batch != nullptr; step(TurnEnded{})) {
      for (std::size_t i = 0; i < batch->size; ++i) answer(batch->jobs[i], batch->jobs[i].body);
      const auto ran = static_cast<std::uint32_t>(batch->size);
      batch = nullptr;
      step(Finished{0, ran, 10us * ran});
    }
  }
  /// `requests` requests of the clients by turns: at_once[0] in the first turn of the loop, at_once[1] in the next ...
  template <typename Ask>
  void converse(std::size_t requests, const std::vector<std::uint32_t>& at_once, Ask&& ask) {
    std::size_t asked = 0;
    for (std::size_t turn = 0; asked < requests; ++turn) {
      for (std::uint32_t i = 0; i < at_once[turn % at_once.size()] && asked < requests; ++i, ++asked) {
        ask(static_cast<std::uint32_t>(asked) % clients);
      }
      now += 1ms;
      work();
    }
  }
  template <typename Ask>
  void expect_no_allocation(const std::vector<std::uint32_t>& at_once, Ask&& ask) {
    part.reserve(512);
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{10}, std::size_t{100}}) {
      body.assign(bytes, 'x');
      converse(2000, at_once, ask);
      const std::uint64_t before = sends;
      EXPECT_EQ(allocations_in([&] { converse(1000, at_once, ask); }), 0U) << "bodies of " << body.size() << " bytes";
      EXPECT_EQ(sends - before, 1000U);
    }
  }

  static constexpr std::uint32_t clients = 7;
  static ServerCore::Config config() {
    ServerCore::Config made;
    made.make_token = [] { return wire::Token{}; };
    return made;
  }

  ServerCore core{config()};
  Time now = 100s;
  Batch* batch = nullptr;
  std::uint64_t sends = 0;
  std::uint64_t id = 0;
  std::string body;
  std::string part;
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
  body = large;
  for (std::uint32_t client = 0; client < clients; ++client) plain(client);
  step(TurnEnded{});
  ASSERT_NE(batch, nullptr);
  for (std::size_t i = 0; i < batch->size; ++i) answer(batch->jobs[i], batch->jobs[i].body);
  const Batch& lent = *batch;
  step(Finished{0, static_cast<std::uint32_t>(lent.size), 1us});
  batch = nullptr;
  for (const Job& job : lent.jobs) EXPECT_LE(job.body.capacity(), kept_buffer_bytes_max);
  body = "x";
  plain(0);
  step(TurnEnded{});
  ASSERT_EQ(batch, &lent);
  for (const Job& job : lent.jobs) EXPECT_LE(job.reply.capacity(), kept_buffer_bytes_max);
}

}  // namespace
}  // namespace rollcall::core
