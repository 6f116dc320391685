// Every error that the server sends: PROTOCOL.md sections 7 and 10.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "support/core_fixture.hpp"
#include "support/hex.hpp"

namespace rollcall::core {
namespace {

using test::CoreTest;
using test::from_hex;
using wire::ErrorCode;
using namespace std::chrono_literals;

// Bytes that are not a message, or not one that may come now: sent by a client that has said HELLO.
struct BadMessage {
  const char* name;
  ErrorCode code;
  std::string part;
  std::uint64_t id = 0;
};

const std::string name_of_129_bytes = from_hex("01 01 00 0081") + std::string(129, 'n');
const std::string metadata_value_too_long = from_hex("01 01 02 0000 01 0001 6b 0800") + std::string(2048, 'v');

const BadMessage bad_messages[] = {
    {"S7_1_AnEmptyMessage", ErrorCode::malformed, ""},
    {"S7_1_NoType", ErrorCode::malformed, from_hex("01")},
    {"S7_1_AFieldBeyondThePart", ErrorCode::malformed, from_hex("01 01 00 0003 616e")},
    {"S7_2_AnotherVersion", ErrorCode::unknown_version, from_hex("02 01 00 0000")},
    {"S7_3_NoSuchMessage", ErrorCode::unknown_type, from_hex("01 06")},
    {"S7_3_NotInThisDirection", ErrorCode::unknown_type, from_hex("01 87 01 00000000 0000")},
    {"S7_4_AHelloFlag", ErrorCode::unknown_flag, from_hex("01 01 04 0000")},
    {"S7_4_AWatchFlag", ErrorCode::unknown_flag, from_hex("01 05 02 0000000000000000")},
    {"S7_5_BytesAfterTheLastField", ErrorCode::trailing_bytes, from_hex("01 01 00 0000 00")},
    {"S7_6_ANameThatIsNotUtf8", ErrorCode::invalid_text, from_hex("01 01 00 0001 ff")},
    {"S7_7_AnEmptyMetadataKey", ErrorCode::invalid_value, from_hex("01 01 02 0000 01 0000 0000")},
    {"S7_8_ANameOver128Bytes", ErrorCode::too_large, name_of_129_bytes},
    {"S7_8_MetadataOver16Pairs", ErrorCode::too_large, from_hex("01 01 02 0000 11")},
    {"S7_8_MetadataOver2048Bytes", ErrorCode::too_large, metadata_value_too_long},
    {"S7_12_IdZero", ErrorCode::bad_request_id, from_hex("01 02 0000000000000000 6f69")},
};

class BadMessageTest : public CoreTest, public ::testing::WithParamInterface<BadMessage> {};

// "None of them ends the session": it is answered, counted, and the session goes on.
TEST_P(BadMessageTest, IsAnsweredAndEndsNothing) {
  const BadMessage& bad = GetParam();
  start_workers(1);
  join("ana");
  raw("ana", bad.part);
  const auto message = wire::decode_server_message(last["ana"]);
  ASSERT_TRUE(std::holds_alternative<wire::Error>(message));
  const auto& error = std::get<wire::Error>(message);
  EXPECT_EQ(error.code, bad.code);
  EXPECT_EQ(error.id, bad.id);
  EXPECT_FALSE(error.text.empty());
  EXPECT_EQ(client("ana").heard.size(), 1U);
  EXPECT_EQ(errors_sent(bad.code), 1U);
  expect_refused(refusal_for(bad.code), 1);
  client("ana").heard.clear();
  send("ana", "still here");
  run_worker(0);
  expect_heard("ana", {"REPLY 1 count=1 version=1: re: still here"});
  expect_version(1);
}

INSTANTIATE_TEST_SUITE_P(Section7, BadMessageTest, ::testing::ValuesIn(bad_messages),
                         [](const auto& each) { return each.param.name; });

class ErrorsTest : public CoreTest {
 protected:
  std::string text_of_last(const std::string& who) {
    return std::string(std::get<wire::Error>(wire::decode_server_message(last[who])).text);
  }
  void expect_last_names(const std::string& who, const std::string& bound) {
    EXPECT_NE(text_of_last(who).find(bound), std::string::npos) << text_of_last(who);
  }
};

// 8 TOO_LARGE: "over its bound, which the text names"
TEST_F(ErrorsTest, S7_8_TheTextNamesTheBound) {
  limits.message_bytes_max = 5000;
  join("ana");
  raw("ana", name_of_129_bytes);
  expect_last_names("ana", "128");
  raw("ana", from_hex("01 01 02 0000 11"));
  expect_last_names("ana", "16");
  raw("ana", metadata_value_too_long);
  expect_last_names("ana", "2048");
  request("ana", 1, std::string(5000, 'x'));
  expect_last_names("ana", "max-message");
}

TEST_F(ErrorsTest, S10_APartAtMaxMessageIsAccepted) {
  limits.message_bytes_max = 5000;
  start_workers(1);
  handler = [](const Job& job) { return std::to_string(job.body.size()); };
  join("ana");
  const std::size_t head = 10;
  request("ana", 1, std::string(5000 - head, 'x'));
  request("ana", 2, std::string(5001 - head, 'x'));
  plain("ana", std::string(5000, 'x'));
  plain("ana", std::string(5001, 'x'));
  run_worker(0);
  expect_heard("ana",
               {"ERROR 8 TOO_LARGE id=2", "TEXT ERROR 8 TOO_LARGE", "REPLY 1 count=1 version=1: 4990", "TEXT 5000"});
}

// 13 BUSY
TEST_F(ErrorsTest, S7_13_TheWindow) {
  limits.window = 1;
  join("ana");
  send("ana", "one");
  send("ana", "two");
  expect_heard("ana", {"ERROR 13 BUSY id=2"});
  expect_last_names("ana", "window");
  expect_refused(Refusal::over_bound, 1);
}

// 14 QUEUE_FULL: "too many queued bytes of this client, or in all"; section 10: "each counting 512 more than its body"
TEST_F(ErrorsTest, S7_14_TheBytesOfOneClient) {
  limits.client_queue_bytes_max = 2 * 612;
  join("ana");
  send("ana", std::string(100, 'x'));
  send("ana", std::string(101, 'x'));
  expect_heard("ana", {"ERROR 14 QUEUE_FULL id=2"});
  expect_last_names("ana", "this client");
  send("ana", std::string(100, 'x'));
  expect_heard("ana", {});
  join("ben");
  send("ben", std::string(100, 'x'));
  expect_heard("ben", {});
}

// Section 10: "one request always fits"
TEST_F(ErrorsTest, S10_OneRequestAlwaysFits) {
  limits.client_queue_bytes_max = 100;
  join("ana");
  send("ana", std::string(10'000, 'x'));
  expect_heard("ana", {});
}

TEST_F(ErrorsTest, S7_14_TheBytesOfAllClients) {
  limits.total_queue_bytes_max = 2 * 612;
  start_workers(1);
  join("ana");
  join("ben");
  join("cai");
  send("ana", std::string(100, 'x'));
  send("ben", std::string(100, 'x'));
  send("cai", "");
  expect_heard("cai", {"ERROR 14 QUEUE_FULL id=1"});
  expect_last_names("cai", "all clients");
  run_worker(0);
  send("cai", "");
  expect_heard("cai", {});
}

TEST_F(ErrorsTest, S7_14_BytesOfSomebodyWhoLeftAreFree) {
  limits.total_queue_bytes_max = 612;
  join("ana");
  join("ben");
  send("ana", std::string(100, 'x'));
  bye("ana");
  send("ben", std::string(100, 'x'));
  expect_heard("ben", {});
}

// 15 SERVER_FULL: "the server has as many clients as it may"; there is no session
TEST_F(ErrorsTest, S7_15_TheNumberOfClients) {
  limits.clients_max = 2;
  join("ana");
  join("ben");
  connect("cai");
  hello("cai");
  plain("cai", "oi");
  expect_heard("cai", {"ERROR 15 SERVER_FULL id=0", "TEXT ERROR 15 SERVER_FULL"});
  expect_absent("cai");
  expect_count(2);
  expect_version(2);
  expect_refused(Refusal::over_bound, 2);
  hello("ana");
  expect_heard("ana", {"WELCOME count=2 version=2"});
}

TEST_F(ErrorsTest, S7_15_APlaceThatIsFreeAgainMayBeTaken) {
  limits.clients_max = 1;
  join("ana");
  connect("ben");
  hello("ben");
  bye("ana");
  hello("ben");
  expect_heard("ben", {"ERROR 15 SERVER_FULL id=0", "WELCOME count=1 version=3"});
}

// 17 HANDLER_FAILED, for an answer that is too large too
TEST_F(ErrorsTest, S7_17_AnAnswerAboveTheBoundOnMessages) {
  limits.message_bytes_max = 5000;
  start_workers(1);
  handler = [](const Job&) { return std::string(5001, 'x'); };
  join("ana");
  send("ana", "oi");
  run_worker(0);
  expect_heard("ana", {"ERROR 17 HANDLER_FAILED id=1"});
  EXPECT_EQ(errors_sent(ErrorCode::handler_failed), 1U);
}

// Section 9: the worked bytes.
TEST_F(ErrorsTest, S9_TheWorkedBytes) {
  start_workers(1);
  handler = [](const Job&) { return "Hello"; };
  connect("ana");
  raw("ana", from_hex("01 01 00 0003 616e61"));
  const std::string token(16, '\x01');
  EXPECT_EQ(last["ana"],
            from_hex("01 81 00") + token + from_hex("00000100 00100000 00001388 00000001 0000000000000001"));
  raw("ana", from_hex("01 02 0000000000000001 4f6cc3a121"));
  run_worker(0);
  EXPECT_EQ(last["ana"], from_hex("01 82 0000000000000001 00000001 0000000000000001 48656c6c6f"));
  raw("ana", from_hex("01 03"));
  EXPECT_EQ(last["ana"], from_hex("01 87 01 00000000 0000"));
}

TEST_F(ErrorsTest, EveryErrorHasItsCounter) {
  for (std::uint16_t code = 1; code <= 9; ++code) {
    EXPECT_EQ(refusal_for(static_cast<ErrorCode>(code)), Refusal::bad_message);
  }
  for (std::uint16_t code = 10; code <= 12; ++code) {
    EXPECT_EQ(refusal_for(static_cast<ErrorCode>(code)), Refusal::out_of_place);
  }
  for (std::uint16_t code = 13; code <= 15; ++code) {
    EXPECT_EQ(refusal_for(static_cast<ErrorCode>(code)), Refusal::over_bound);
  }
  EXPECT_EQ(refusal_for(ErrorCode::draining), Refusal::draining);
  EXPECT_EQ(refusal_for(ErrorCode::session_ended), Refusal::session_ended);
}

}  // namespace
}  // namespace rollcall::core
