// The server's table of PROTOCOL.md section 8: what every message does in every state, legal or not.
#include "core/server_table.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/core_fixture.hpp"
#include "support/hex.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using test::from_hex;
using namespace std::chrono_literals;

const std::string hello_part = from_hex("01 01 00 0003 616e61");
const std::string plain_part = "oi";
const std::string request_part = from_hex("01 02 0000000000000007 6f69");
const std::string bye_part = from_hex("01 03");
const std::string roster_query_part = from_hex("01 04 0000000000000000 0000");
const std::string watch_part = from_hex("01 05 00 0000000000000001");
const std::string bad_part = from_hex("01 7f");

/// How a connection came to be where it is when the message comes.
enum class Before { silent, said_hello, spoke_plain, said_bye, was_evicted, could_not_be_reached };

struct Cell {
  Before before;
  const char* input;
  const std::string& part;
  const char* answer;  ///< the only message that comes of it; "" for none
  bool present_after;  ///< has a session
  bool run;            ///< a worker gets it
};

const Cell cells[] = {
    {Before::silent, "HELLO", hello_part, "WELCOME count=1 version=1", true, false},
    {Before::silent, "plain", plain_part, "TEXT re: oi", true, true},
    {Before::silent, "REQUEST", request_part, "ERROR 11 HELLO_REQUIRED id=7", false, false},
    {Before::silent, "BYE", bye_part, "ERROR 11 HELLO_REQUIRED id=0", false, false},
    {Before::silent, "ROSTER query", roster_query_part, "ERROR 11 HELLO_REQUIRED id=0", false, false},
    {Before::silent, "WATCH", watch_part, "ERROR 11 HELLO_REQUIRED id=0", false, false},
    {Before::silent, "bad bytes", bad_part, "ERROR 3 UNKNOWN_TYPE id=0", false, false},

    {Before::said_hello, "HELLO", hello_part, "WELCOME count=1 version=1", true, false},
    {Before::said_hello, "plain", plain_part, "TEXT re: oi", true, true},
    {Before::said_hello, "REQUEST", request_part, "REPLY 7 count=1 version=1: re: oi", true, true},
    {Before::said_hello, "BYE", bye_part, "CLOSING 1 grace=0", false, false},
    {Before::said_hello, "ROSTER query", roster_query_part, "ROSTER count=1 version=1 next=0: 1 ana", true, false},
    {Before::said_hello, "WATCH", watch_part, "", true, false},
    {Before::said_hello, "bad bytes", bad_part, "ERROR 3 UNKNOWN_TYPE id=0", true, false},

    {Before::spoke_plain, "HELLO", hello_part, "WELCOME count=1 version=1", true, false},
    {Before::spoke_plain, "plain", plain_part, "TEXT re: oi", true, true},
    {Before::spoke_plain, "REQUEST", request_part, "ERROR 11 HELLO_REQUIRED id=7", true, false},
    {Before::spoke_plain, "BYE", bye_part, "CLOSING 1 grace=0", false, false},
    {Before::spoke_plain, "ROSTER query", roster_query_part, "ERROR 11 HELLO_REQUIRED id=0", true, false},
    {Before::spoke_plain, "WATCH", watch_part, "ERROR 11 HELLO_REQUIRED id=0", true, false},
    {Before::spoke_plain, "bad bytes", bad_part, "ERROR 3 UNKNOWN_TYPE id=0", true, false},

    {Before::said_bye, "HELLO", hello_part, "ERROR 19 SESSION_ENDED id=0", false, false},
    {Before::said_bye, "plain", plain_part, "TEXT ERROR 19 SESSION_ENDED", false, false},
    {Before::said_bye, "REQUEST", request_part, "ERROR 19 SESSION_ENDED id=7", false, false},
    {Before::said_bye, "BYE", bye_part, "ERROR 19 SESSION_ENDED id=0", false, false},
    {Before::said_bye, "ROSTER query", roster_query_part, "ERROR 19 SESSION_ENDED id=0", false, false},
    {Before::said_bye, "WATCH", watch_part, "ERROR 19 SESSION_ENDED id=0", false, false},
    {Before::said_bye, "bad bytes", bad_part, "ERROR 19 SESSION_ENDED id=0", false, false},

    {Before::was_evicted, "HELLO", hello_part, "", false, false},
    {Before::was_evicted, "plain", plain_part, "", false, false},
    {Before::was_evicted, "REQUEST", request_part, "", false, false},
    {Before::was_evicted, "bad bytes", bad_part, "", false, false},
    {Before::could_not_be_reached, "HELLO", hello_part, "ERROR 19 SESSION_ENDED id=0", false, false},
    {Before::could_not_be_reached, "plain", plain_part, "TEXT ERROR 19 SESSION_ENDED", false, false},
};

std::string name_of(const Cell& cell) {
  constexpr const char* names[] = {"silent", "present", "plain", "ended", "evicted", "unreachable"};
  std::string name = std::string(names[static_cast<std::size_t>(cell.before)]) + "_" + cell.input;
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
}

class ServerTable : public CoreTest, public ::testing::WithParamInterface<Cell> {
 protected:
  void come_to(Before before) {
    start_workers(1);
    connect("ana");
    if (before == Before::silent) return;
    if (before == Before::spoke_plain) {
      plain("ana", "oi");
      run_worker(0);
    } else {
      hello("ana");
    }
    if (before == Before::said_bye) bye("ana");
    if (before == Before::was_evicted) undeliverable("ana", true);
    if (before == Before::could_not_be_reached) undeliverable("ana", false);
    client("ana").heard.clear();
  }
};

TEST_P(ServerTable, S8_EveryMessageInEveryState) {
  const Cell& cell = GetParam();
  come_to(cell.before);
  raw("ana", cell.part);
  turn();
  EXPECT_EQ(batch_of(0) != nullptr, cell.run);
  if (batch_of(0) != nullptr) finish(0);
  expect_heard("ana", *cell.answer == '\0' ? Lines{} : Lines{cell.answer});
  expect_count(cell.present_after ? 1 : 0);
  EXPECT_EQ(server().fd_of(client("ana").routing_id) == client("ana").fd, cell.present_after);
}

INSTANTIATE_TEST_SUITE_P(Cells, ServerTable, ::testing::ValuesIn(cells),
                         [](const auto& each) { return name_of(each.param); });

class ServerStates : public CoreTest {};

// The column "connection lost".

TEST_F(ServerStates, S8_SilentAndLostIsNoLeave) {
  connect("ana");
  disconnect("ana");
  expect_version(0);
  expect_told({"refused silent_connection total=1"});
}

TEST_F(ServerStates, S8_PresentAndLostIsALeave) {
  join("ana");
  disconnect("ana");
  expect_told({"joined ana count=1 version=1", "left ana disconnected count=0 version=2"});
}

TEST_F(ServerStates, S8_EndedAndLostIsNoSecondLeave) {
  join("ana");
  bye("ana");
  disconnect("ana");
  expect_told({"joined ana count=1 version=1", "left ana goodbye count=0 version=2"});
  expect_version(2);
}

// Section 2: "A connection whose session has ended can't get another one"
TEST_F(ServerStates, S2_AnEndedConnectionNeverGetsAnotherSession) {
  join("ana");
  bye("ana");
  for (int i = 0; i < 3; ++i) {
    advance(1h);
    hello("ana");
    plain("ana", "oi");
  }
  expect_count(0);
  expect_version(2);
}

// "silent until its first valid message": what was refused changes nothing.
TEST_F(ServerStates, S8_SilentUntilTheFirstValidMessage) {
  connect("ana");
  for (const std::string& part : {request_part, bye_part, roster_query_part, watch_part, bad_part}) raw("ana", part);
  expect_version(0);
  client("ana").heard.clear();
  hello("ana");
  expect_heard("ana", {"WELCOME count=1 version=1"});
}

// The table itself: its inputs are in the order of the codec's messages.
static_assert(
    std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(PeerInput::hello), wire::ClientMessage>,
                   wire::Hello>);
static_assert(
    std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(PeerInput::watch), wire::ClientMessage>,
                   wire::Watch>);
static_assert(peer_input_count == static_cast<std::size_t>(PeerInput::watch) + 1);

}  // namespace
}  // namespace rollcall::core
