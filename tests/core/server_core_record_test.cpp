// What the core says for a recording (events.hpp, Record).
#include "support/core_fixture.hpp"

namespace rollcall::core {
namespace {

using namespace std::chrono_literals;

class RecordTest : public test::CoreTest {
 protected:
  RecordTest() { records = true; }
  void expect_recorded(const Lines& lines, Where where = Where::current()) {
    const ::testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "records");
    EXPECT_EQ(recorded, lines);
    recorded.clear();
  }
};

TEST_F(RecordTest, NothingIsSaidWhereNothingIsRecorded) {
  records = false;
  start_workers(1);
  join("ana");
  send("ana", "oi");
  run_worker(0);
  bye("ana");
  expect_recorded({});
}

TEST_F(RecordTest, EverythingIsSaidInOrder) {
  start_workers(1);
  join("ana");
  connect("bia");
  plain("bia", "olá");
  send("ana", "um");
  send("ana", "dois");
  run_worker(0);
  bye("ana");
  disconnect("bia");
  expect_recorded({"joined ana count=1", "joined  count=2", "request 1 count=2: olá", "request 2 count=2: um",
                   "request 3 count=2: dois", "reply 1 count=2: re: olá", "reply 2 count=2: re: um",
                   "reply 3 count=2: re: dois", "left ana goodbye count=1", "left  disconnected count=0"});
}

TEST_F(RecordTest, AnswerTextIsWhatTheClientSees) {
  start_workers(1);
  join("ana");
  handler = [](const Job& job) -> std::string { return job.form.plain ? "" : std::string(1, '\0'); };
  send("ana", "x");
  run_worker(0);
  plain("ana", "y");
  run_worker(0);
  expect_recorded({"joined ana count=1", "request 1 count=1: x", "settled 1",
                   "reply 1 count=1: " + std::string(1, '\0'), "request 2 count=1: y", "settled 2",
                   "reply 2 count=1: "});
}

TEST_F(RecordTest, FailedAnswersSaySo) {
  limits.message_bytes_max = message_bytes_least;
  start_workers(1);
  join("ana");
  handler = [](const Job&) { return std::string(message_bytes_least + 1, 'x'); };
  send("ana", "x");
  run_worker(0);
  expect_recorded({"joined ana count=1", "request 1 count=1: x", "settled 1", "failed 1"});
}

// The count of a request that was taken back is the one of its last dispatch.
TEST_F(RecordTest, WhatIsTakenBackIsDispatchedAnew) {
  start_workers(2);
  join("ana");
  join("bia");
  recorded.clear();
  send("ana", "um");
  send("ana", "dois");
  send("bia", "tres");
  turn();
  expect_recorded({"request 1 count=2: um", "request 2 count=2: dois", "request 3 count=2: tres"});
  begin_jobs(1, 1);
  join("carla");
  advance(2ms);
  ASSERT_EQ(reclaims, std::vector<std::uint32_t>{1});
  tell_reclaimed(1);
  turn();
  expect_recorded(
      {"joined carla count=3", "taken back 2", "taken back 3", "settled 1", "request 4 count=3: tres", "settled 4"});
  finish(1);
  turn();
  expect_recorded({"reply 1 count=2: re: um", "request 5 count=3: dois", "settled 5"});
}

TEST_F(RecordTest, OnlyWhatDependsOnTheLoadIsSaidToBeRefused) {
  limits.window = 1;
  limits.clients_max = 1;
  join("ana");
  send("ana", "um");
  send("ana", "dois");
  request("ana", 0, "zero");
  raw("ana", "\x07");
  connect("bia");
  hello("bia");
  drain(1s);
  send("ana", "late");
  expect_recorded({"joined ana count=1", "refused BUSY", "refused SERVER_FULL", "refused DRAINING"});
}

TEST_F(RecordTest, ADrainsEndTakesEverybodyOff) {
  start_workers(1);
  join("ana");
  send("ana", "um");
  send("ana", "dois");
  turn();
  drain(1s);
  advance(2s);
  EXPECT_TRUE(drained);
  expect_recorded(
      {"joined ana count=1", "request 1 count=1: um", "request 2 count=1: dois", "left ana drained count=0"});
}

}  // namespace
}  // namespace rollcall::core
