// Requests that run for longer than handler_time_max: they end without their handler, and their worker is hung.
#include <gtest/gtest.h>

#include <string>

#include "core/scheduler.hpp"
#include "support/scheduler_fixture.hpp"
#include "wire/codec.hpp"

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

class HungTest : public test::SchedulerTest {
 protected:
  HungTest() { limits.handler_time_max = 100ms; }

  /// `who` asks for its request `id`, and the worker that gets it does not come back in time.
  void hang(const std::string& who, std::uint64_t id) {
    push(who, id);
    dispatch();
    now += 100ms;
    ASSERT_EQ(end_hung(), who + std::to_string(id));
  }
};

TEST_F(HungTest, ARequestThatRunsForTooLongEndsWithItsError) {
  const LaneId lane = join("ana");
  start_workers(1);
  scheduler().push(lane, 7, {}, "oi", now);
  dispatch();
  EXPECT_EQ(scheduler().next_deadline(), now + 100ms);
  now += 100ms - 1ns;
  EXPECT_EQ(end_hung(), "");
  now += 1ns;
  const auto results = scheduler().end_hung(now);
  ASSERT_EQ(names_of(results), "ana7");
  EXPECT_TRUE(results[0]->failed);
  const auto error = std::get<wire::Error>(wire::decode_server_message(results[0]->reply));
  EXPECT_EQ(error.code, wire::ErrorCode::handler_timeout);
  EXPECT_EQ(error.id, 7U);
  EXPECT_EQ(scheduler().next_deadline(), std::nullopt);
  EXPECT_EQ(end_hung(), "") << "once";
  EXPECT_TRUE(scheduler().at_rest());
  EXPECT_EQ(scheduler().bytes(), 0U);
  EXPECT_EQ(unanswered(), "");
}

TEST_F(HungTest, WithoutALimitAHandlerMayTakeAsLongAsItLikes) {
  limits.handler_time_max = 0ms;
  join("ana");
  start_workers(1);
  push("ana", 1);
  dispatch();
  EXPECT_EQ(scheduler().next_deadline(), std::nullopt);
  now += 1000h;
  EXPECT_EQ(end_hung(), "");
  EXPECT_EQ(finish(0), "ana1");
}

TEST_F(HungTest, AnAnswerInTimeIsNoError) {
  join("ana");
  start_workers(1);
  push("ana", 1);
  dispatch();
  now += 100ms;
  EXPECT_EQ(finish(0), "ana1");
  EXPECT_EQ(end_hung(), "");
  EXPECT_EQ(scheduler().hung_workers(), 0U);
}

// The handler may still read the request, and will write its answer.
TEST_F(HungTest, TheBatchIsLeftAlone) {
  join("ana");
  start_workers(1);
  push("ana", 1, "its body");
  dispatch();
  Job& running = const_cast<Job&>(batch(0).jobs[0]);
  running.reply = "half written";
  const Batch* lent = &batch(0);
  now += 100ms;
  end_hung();
  scheduler().add_worker(1);
  push("ana", 2);
  dispatch();
  EXPECT_NE(&batch(1), lent);
  EXPECT_EQ(running.body, "its body");
  EXPECT_EQ(*running.name, "ana");
  EXPECT_EQ(running.reply, "half written");
  EXPECT_FALSE(running.failed);
  finish(1);
  EXPECT_EQ(finish(0), "") << "its answer comes too late";
  push("ana", 3);
  dispatch();
  EXPECT_EQ(lent, &batch(0)) << "the worker is idle, and the batch is used again";
}

TEST_F(HungTest, TheTimeCountsFromWhenTheRestWasTakenBack) {
  join_all({"ana", "slow", "cai"});
  start_workers(2);
  for (const std::string who : {"ana", "slow", "cai"}) push(who, 1);
  dispatch();
  now += 1s;
  EXPECT_EQ(scheduler().overdue(now), 1U);
  EXPECT_EQ(end_hung(), "") << "nobody knows yet which of them runs";
  EXPECT_EQ(scheduler().next_deadline(), std::nullopt);
  EXPECT_EQ(take_back(1, 2), "ana1");
  EXPECT_EQ(scheduler().next_deadline(), now + 100ms);
  now += 99ms;
  EXPECT_EQ(end_hung(), "");
  now += 1ms;
  EXPECT_EQ(end_hung(), "slow1");
  EXPECT_EQ(unanswered(), "cai1");
  EXPECT_EQ(dispatch(), "worker 0: cai1");
}

TEST_F(HungTest, AWorkerThatHasNotBegunIsNotHung) {
  join("ana");
  start_workers(1);
  push_range("ana", 1, 2);
  dispatch();
  EXPECT_EQ(take_back(0, 0), "");
  now += 1h;
  EXPECT_EQ(end_hung(), "");
  EXPECT_EQ(to_replace(), "nobody");
  EXPECT_EQ(finish(0), "");
  EXPECT_EQ(scheduler().idle_workers(), 1U);
}

TEST_F(HungTest, TheClientsNextRequestsRunElsewhere) {
  join("ana");
  start_workers(2);
  push("ana", 1);
  EXPECT_EQ(dispatch(), "worker 1: ana1");
  push_range("ana", 2, 3);
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_TRUE(is_unanswered("ana", 1));
  now += 100ms;
  EXPECT_EQ(end_hung(), "ana1");
  EXPECT_FALSE(is_unanswered("ana", 1));
  EXPECT_EQ(dispatch(), "worker 0: ana2 ana3");
  EXPECT_TRUE(is_unanswered("ana", 3));
  EXPECT_EQ(finish(1), "");
  EXPECT_EQ(finish(0), "ana2 ana3");
}

TEST_F(HungTest, EachIsReplacedOnceAndForgottenWhenItComesBack) {
  join_all({"ana", "ben"});
  start_workers(2);
  hang("ana", 1);
  hang("ben", 1);
  EXPECT_EQ(scheduler().hung_workers(), 2U);
  EXPECT_EQ(scheduler().missing_workers(), 2U);
  EXPECT_EQ(to_replace(), "0 1");
  EXPECT_EQ(to_replace(), "nobody");
  EXPECT_EQ(scheduler().missing_workers(), 0U);
  scheduler().add_worker(2);
  EXPECT_EQ(finish(0), "");
  EXPECT_EQ(scheduler().hung_workers(), 1U);
  EXPECT_EQ(scheduler().idle_workers(), 1U) << "2, but not 0";
  scheduler().add_worker(0);  // in the place of 1
  push("ana", 2);
  EXPECT_EQ(dispatch(), "worker 0: ana2");
}

TEST_F(HungTest, SomeOnTimeSomeNot) {
  join_all({"ana", "ben"});
  start_workers(2);
  push("ana", 1);
  dispatch();
  now += 60ms;
  push("ben", 1);
  dispatch();
  EXPECT_EQ(end_hung(), "");
  now += 40ms;
  EXPECT_EQ(end_hung(), "ana1");
  EXPECT_EQ(scheduler().next_deadline(), now + 60ms);
  now += 60ms;
  EXPECT_EQ(end_hung(), "ben1");
}

TEST_F(HungTest, SoManyMayBeReplacedAtATime) {
  join("ana");
  start_workers(1);
  for (std::uint32_t number = 0; number < hung_workers_max; ++number) {
    hang("ana", number + 1);
    EXPECT_EQ(to_replace(), std::to_string(number));
    scheduler().add_worker(number + 1);
  }
  hang("ana", 1000);  // the last one
  EXPECT_EQ(to_replace(), "nobody");
  EXPECT_EQ(scheduler().hung_workers(), hung_workers_max + 1);
  EXPECT_EQ(scheduler().missing_workers(), 1U);
  EXPECT_EQ(finish(5), "");
  EXPECT_EQ(scheduler().idle_workers(), 0U);
  EXPECT_EQ(to_replace(), std::to_string(hung_workers_max));
  EXPECT_EQ(to_replace(), "nobody");
}

TEST_F(HungTest, OneThatCouldNotBeReplacedGoesOnWhenItComesBack) {
  join("ana");
  start_workers(1);
  for (std::uint32_t number = 0; number < hung_workers_max; ++number) {
    hang("ana", number + 1);
    to_replace();
    scheduler().add_worker(number + 1);
  }
  hang("ana", 1000);
  push("ana", 1001);
  EXPECT_EQ(dispatch(), "nothing");
  EXPECT_EQ(finish(hung_workers_max), "");
  EXPECT_EQ(scheduler().missing_workers(), 0U);
  EXPECT_EQ(dispatch(), "worker " + std::to_string(hung_workers_max) + ": ana1001");
}

TEST_F(HungTest, AClientThatLeftHasAHungWorkerToo) {
  join("ana");
  start_workers(1);
  push("ana", 1);
  dispatch();
  leave("ana");
  now += 100ms;
  EXPECT_EQ(end_hung(), "");
  EXPECT_EQ(to_replace(), "0");
  const LaneId lane = join("ben");
  EXPECT_EQ(lane, 0U) << "ana's lane is free again";
  scheduler().add_worker(1);
  push("ben", 1);
  EXPECT_EQ(dispatch(), "worker 1: ben1");
  EXPECT_EQ(finish(0), "");
  EXPECT_EQ(finish(1), "ben1");
  EXPECT_NE(join("cai"), lane) << "and not twice";
}

TEST_F(HungTest, AHungWorkerMayDie) {
  join("ana");
  start_workers(1);
  hang("ana", 1);
  EXPECT_EQ(to_replace(), "0");
  EXPECT_EQ(lose(0, 1), "");
  EXPECT_EQ(scheduler().hung_workers(), 0U);
  EXPECT_EQ(scheduler().missing_workers(), 0U);
  EXPECT_EQ(scheduler().idle_workers(), 0U);
  scheduler().add_worker(0);
  push("ana", 2);
  EXPECT_EQ(dispatch(), "worker 0: ana2");
  now += 100ms;
  EXPECT_EQ(end_hung(), "ana2") << "the new one of that number may hang, too";
}

// Nobody can tell whether a worker has begun the one request that it has.
TEST_F(HungTest, AHungWorkerMayDieWithoutHavingBegun) {
  join("ana");
  start_workers(2);
  hang("ana", 1);
  EXPECT_EQ(lose(1, 0), "");
  EXPECT_EQ(unanswered(), "");
  EXPECT_EQ(dispatch(), "nothing");
}

TEST_F(HungTest, ALostConnectionsRequestEndsForWhenItComesBack) {
  join("ana");
  start_workers(1);
  push("ana", 1);
  dispatch();
  park("ana");
  now += 100ms;
  EXPECT_EQ(end_hung(), "ana1");
  resume("ana");
  EXPECT_FALSE(is_unanswered("ana", 1));
  EXPECT_EQ(finish(0), "");
}

}  // namespace
}  // namespace rollcall::core
