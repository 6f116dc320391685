#include "server/http/api.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/samples.hpp"
#include "server/http/limits.hpp"
#include "server/http/message.hpp"

namespace rollcall::http {
namespace {

using Json = nlohmann::ordered_json;

TEST(StatusJson, HasEveryFigure) {
  ServerStatus status = status_at(milliseconds(1500), 12, 345);
  status.version = 77;
  status.clients_max = 10'000;
  status.joins = 44;
  status.resumes = 3;
  status.leaves = {{"goodbye", 30}, {"disconnected", 2}};
  status.refused = {{"bad_message", 0}, {"no_room", 6}};
  status.watchers = 5;
  status.replies = 340;
  status.errors = {{"BUSY", 4}, {"FULL", 0}};
  status.undeliverable = 8;
  status.dropped = 9;
  status.unanswered = 11;
  status.workers = 4;
  status.workers_busy = 2;
  status.handlers_hung = 1;
  status.presence_drift = -1;
  History history;
  history.add(shared(status_at(milliseconds(0), 0, 0)));
  ServerStatus later = status_at(milliseconds(1000), 1, 123);
  later.reply_time = durations(100, 0, 0);
  history.add(shared(later));
  EXPECT_EQ(status_json(status, history, "0.1.0", moment_at(milliseconds(1750))),
            R"({"api":1,"server":"0.1.0","state":"serving","now_unix_ms":1000001750,"age_ms":250,)"
            R"("started_unix_ms":1000000000,"count":12,"roster_version":77,"clients_max":10000,"joins":44,"resumes":3,)"
            R"("leaves":{"goodbye":30,"disconnected":2},"refused":{"bad_message":0,"no_room":6},"watchers":5,)"
            R"("requests":345,"replies":340,"errors":{"BUSY":4},"undeliverable":8,"dropped":9,"unanswered":11,)"
            R"("workers":{"all":4,"busy":2,"hung":1},"requests_per_second":123.0,"p99_us":990,"presence_drift":-1})"
            "\n");
}

TEST(StatusJson, WhatIsNotKnownIsNull) {
  ServerStatus status = status_at(milliseconds(0));
  status.draining = true;
  const Json object = Json::parse(status_json(status, History(), "0.1.0", moment_at(milliseconds(0))));
  EXPECT_EQ(object["state"], "draining");
  EXPECT_TRUE(object["p99_us"].is_null());
  EXPECT_TRUE(object["presence_drift"].is_null());
  EXPECT_EQ(object["errors"], Json::object());
}

TEST(HistoryJson, HasTheSamePlacesInEachSeries) {
  History history;
  history.add(shared(status_at(milliseconds(0), 1, 0)));
  history.add(shared(status_at(milliseconds(1000), 2, 7)));
  ServerStatus third = status_at(milliseconds(2000), 3, 7);
  third.reply_time = durations(1, 0, 0);
  history.add(shared(third));
  EXPECT_EQ(history_json(history, moment_at(milliseconds(2600))),
            R"({"api":1,"step_ms":1000,"last_unix_ms":1000002000,"count":[2,3],"requests_per_second":[7.0,0.0],)"
            R"("p99_us":[null,990]})"
            "\n");
}

class RosterJson : public testing::Test {
 protected:
  std::optional<std::string> text(std::string_view query, bool may_wait = false) {
    return roster_json(Query(query, {"after", "limit", "version"}), rosters, now, may_wait);
  }
  Json page(std::string_view query) { return Json::parse(text(query).value()); }
  int problem(std::string_view query) {
    try {
      static_cast<void>(text(query));
    } catch (const Problem& problem) {
      return problem.status;
    }
    return 200;
  }

  Rosters rosters;
  Moment now = moment_at(milliseconds(500));
};

TEST_F(RosterJson, APage) {
  rosters.add(roster_at(milliseconds(0), 9, 3));
  EXPECT_EQ(text("after=1&limit=1").value(),
            R"({"api":1,"roster_version":9,"count":3,"next":2,"clients":[{"session":2,"name":"c2",)"
            R"("address":"127.0.0.1:1002","since_unix_ms":1000000002,"requests":20,"idle_ms":7}]})"
            "\n");
}

TEST_F(RosterJson, PagesHaveEveryClientOnce) {
  rosters.add(roster_at(milliseconds(0), 9, 1234));
  std::uint64_t expected = 0;
  std::string query = "limit=100";
  while (true) {
    const Json part = page(query);
    for (const Json& client : part["clients"]) EXPECT_EQ(client["session"], ++expected);
    if (part["next"].is_null()) break;
    EXPECT_EQ(part["next"], expected);
    query = "version=9&limit=100&after=" + std::to_string(expected);
  }
  EXPECT_EQ(expected, 1234U);
  EXPECT_EQ(page("after=1234")["clients"].size(), 0U);
  EXPECT_TRUE(page("after=99999")["next"].is_null());
  EXPECT_EQ(page("")["clients"].size(), roster_page_default);
  EXPECT_TRUE(page("limit=1234")["next"].is_null()) << "the last page that is full says so";
}

TEST_F(RosterJson, ANewOneIsWaitedFor) {
  EXPECT_FALSE(text("", true));
  EXPECT_EQ(problem(""), 503);
  rosters.add(roster_at(milliseconds(0), 9, 1));
  EXPECT_TRUE(text("", true));
  now = moment_at(milliseconds(1001));
  EXPECT_FALSE(text("", true)) << "a second old";
  EXPECT_TRUE(text("")) << "better than nothing";
  EXPECT_TRUE(text("version=9", true)) << "the one that was asked for";
  now = moment_at(milliseconds(10'001));
  EXPECT_EQ(problem(""), 503);
  EXPECT_EQ(problem("version=9"), 410);
}

TEST_F(RosterJson, TheLastOnesAreKept) {
  for (std::uint64_t version = 1; version <= 7; ++version) {
    rosters.add(roster_at(milliseconds(10 * version), version, version));
  }
  EXPECT_EQ(page("")["roster_version"], 7);
  EXPECT_EQ(page("version=3")["count"], 3);
  EXPECT_EQ(problem("version=2"), 410) << "five are kept";
  EXPECT_EQ(problem("version=8"), 410);
  rosters.prune(steady_at(seconds(20)));
  now = moment_at(milliseconds(70));
  EXPECT_EQ(problem("version=7"), 410);
}

TEST_F(RosterJson, NamesAreData) {
  auto roster = std::make_shared<ServerRoster>(*roster_at(milliseconds(0), 1, 1));
  roster->entries[0].name = "\"</script>\x01\n\u2028é";
  rosters.add(roster);
  EXPECT_EQ(page("")["clients"][0]["name"], roster->entries[0].name);
  EXPECT_NE(text("")->find(R"("name":"\"</script>\u0001\n)"), std::string::npos);
}

TEST(ChangesJson, TellsReasons) {
  ServerStatus status = status_at(milliseconds(0), 1);
  status.version = 2;
  status.changes = {joined(1, 1, "ana"), left(2, 0, "timed_out")};
  ChangeLog changes;
  changes.add(status);
  EXPECT_EQ(changes_json(Query("after=0", {"after"}), status, changes),
            R"({"api":1,"roster_version":2,"count":1,"reset":false,"changes":[)"
            R"({"version":1,"kind":"joined","reason":null,"session":1,"name":"ana","address":"127.0.0.1:52634",)"
            R"("count":1,"unix_ms":1000000010},)"
            R"({"version":2,"kind":"left","reason":"timed_out","session":1,"name":"ana",)"
            R"("address":"127.0.0.1:52634","count":0,"unix_ms":1000000020}]})"
            "\n");
  const Json reset = Json::parse(changes_json(Query("after=3", {"after"}), status, changes));
  EXPECT_EQ(reset["reset"], true);
  EXPECT_EQ(reset["changes"].size(), 0U);
}

TEST(ChangesJson, IsBounded) {
  ServerStatus status = status_at(milliseconds(0));
  for (std::uint64_t version = 1; version <= 1200; ++version) status.changes.push_back(joined(version, 1));
  status.version = 1200;
  ChangeLog changes;
  changes.add(status);
  const Json part = Json::parse(changes_json(Query("after=100", {"after"}), status, changes));
  EXPECT_EQ(part["changes"].size(), changes_per_response_max);
  EXPECT_EQ(part["changes"].front()["version"], 101);
  const Json latest = Json::parse(changes_json(Query("", {"after"}), status, changes));
  EXPECT_EQ(latest["changes"].size(), changes_without_after);
  EXPECT_EQ(latest["changes"].back()["version"], 1200);
}

}  // namespace
}  // namespace rollcall::http
