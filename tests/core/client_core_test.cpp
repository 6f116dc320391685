// The client's side of the protocol: PROTOCOL.md section 8, every cell of its table and what each request becomes.
#include "core/client_core.hpp"

#include <gtest/gtest.h>

#include "support/encoded.hpp"

namespace rollcall::core {
namespace {

using test::encoded;

std::string welcome(std::uint32_t window = 4, std::uint32_t message_bytes_max = 4096, std::uint8_t session = 1,
                    bool resumed = false) {
  wire::Welcome message;
  message.resumed = resumed;
  message.token = {session, 2, 3};
  message.window = window;
  message.max_message_bytes = message_bytes_max;
  message.count = 1;
  message.version = 1;
  return encoded(message);
}
/// To a session that goes on.
std::string welcome_back(std::uint32_t window = 4) { return welcome(window, 4096, 1, true); }
std::string reply(std::uint64_t id, std::string_view body = "ok") { return encoded(wire::Reply{id, 1, 1, body}); }
std::string error(std::uint64_t id, wire::ErrorCode code) { return encoded(wire::Error{id, code, "why"}); }
std::string closing(wire::ClosingReason reason) { return encoded(wire::Closing{reason, 0, "bye"}); }

/// What effects are, in a word each: "hello", "request 1", "bye", "reply 1", "error 1", "unknown 1", "welcomed", …
std::vector<std::string> words(ClientCore::Effects effects) {
  std::vector<std::string> all;
  for (const ClientEffect& effect : effects) {
    if (const auto* send = std::get_if<ClientSend>(&effect)) {
      const auto message = wire::decode_client_message(send->part);
      if (const auto* hello = std::get_if<wire::Hello>(&message)) all.push_back(hello->token ? "hello again" : "hello");
      if (const auto* request = std::get_if<wire::Request>(&message))
        all.push_back("request " + std::to_string(request->id));
      if (std::holds_alternative<wire::Bye>(message)) all.emplace_back("bye");
    } else if (const auto* outcome = std::get_if<ClientOutcome>(&effect)) {
      constexpr std::array<const char*, 3> kinds = {"reply ", "error ", "unknown "};
      all.push_back(kinds[static_cast<std::size_t>(outcome->kind)] + std::to_string(outcome->id));
    } else if (const auto* welcomed = std::get_if<ClientWelcomed>(&effect)) {
      all.emplace_back(welcomed->again ? "welcomed again" : "welcomed");
    } else if (const auto* closed = std::get_if<ClientClosed>(&effect)) {
      all.emplace_back(closed->refused ? "refused" : "closed");
    } else {
      constexpr std::array<const char*, 8> names = {"send", "reconnect", "welcomed", "counted",
                                                    "lost", "closing",   "closed",   "outcome"};
      all.emplace_back(names.at(effect.index()));
    }
  }
  return all;
}

using Words = std::vector<std::string>;

class ClientCoreTest : public ::testing::Test {
 protected:
  void be_ready(std::uint32_t window = 4) {
    core_.connected();
    core_.received(welcome(window));
    ASSERT_EQ(core_.state(), ClientState::ready);
  }
  ClientCore core_{"ana"};
};

TEST_F(ClientCoreTest, SaysHelloWithItsNameWhenConnected) {
  const auto effects = core_.connected();
  ASSERT_EQ(words(effects), Words{"hello"});
  const auto message = wire::decode_client_message(std::get<ClientSend>(effects[0]).part);
  EXPECT_EQ(std::get<wire::Hello>(message).name, "ana");
}

TEST_F(ClientCoreTest, SendsWhatWaitedWithTheWelcome) {
  EXPECT_EQ(words(core_.ask(1, "a")), Words{});
  core_.connected();
  EXPECT_EQ(words(core_.received(welcome())), (Words{"welcomed", "request 1"}));
}

TEST_F(ClientCoreTest, KeepsWithinTheWindow) {
  be_ready(2);
  EXPECT_EQ(words(core_.ask(1, "a")), Words{"request 1"});
  EXPECT_EQ(words(core_.ask(2, "b")), Words{"request 2"});
  EXPECT_EQ(words(core_.ask(3, "c")), Words{});
  EXPECT_EQ(words(core_.received(reply(1))), (Words{"reply 1", "request 3"}));
  EXPECT_EQ(core_.unanswered(), 2U);
}

TEST_F(ClientCoreTest, ARequestEndsOnce) {
  be_ready();
  core_.ask(1, "a");
  EXPECT_EQ(words(core_.received(reply(1))), Words{"reply 1"});
  EXPECT_EQ(words(core_.received(reply(1))), Words{});
  EXPECT_EQ(words(core_.received(error(1, wire::ErrorCode::busy))), Words{});
  EXPECT_EQ(words(core_.received(reply(99))), Words{}) << "an id that it does not know";
}

TEST_F(ClientCoreTest, AnErrorWithTheIdEndsTheRequest) {
  be_ready();
  core_.ask(1, "a");
  const auto effects = core_.received(error(1, wire::ErrorCode::handler_failed));
  ASSERT_EQ(words(effects), Words{"error 1"});
  EXPECT_EQ(std::get<ClientOutcome>(effects[0]).code, wire::ErrorCode::handler_failed);
  EXPECT_EQ(std::get<ClientOutcome>(effects[0]).text, "why");
}

TEST_F(ClientCoreTest, WhatWasUnansweredIsUnknownAfterAReconnect) {
  be_ready(2);
  core_.ask(1, "a");
  core_.ask(2, "b");
  core_.ask(3, "c");
  EXPECT_EQ(words(core_.lost()), (Words{"lost", "reconnect"}));
  EXPECT_EQ(words(core_.connected()), Words{"hello again"});
  EXPECT_EQ(words(core_.received(welcome(2))), (Words{"welcomed again", "unknown 1", "unknown 2", "request 3"}));
}

TEST_F(ClientCoreTest, WhatWasUnansweredIsSentAgainToASessionThatGoesOn) {
  be_ready(3);
  for (std::uint64_t id = 1; id <= 4; ++id) core_.ask(id, "a");
  core_.received(reply(1));
  core_.lost();
  core_.connected();
  EXPECT_EQ(words(core_.received(welcome_back(3))), (Words{"welcomed again", "request 2", "request 3", "request 4"}));
  EXPECT_EQ(words(core_.received(reply(2))), Words{"reply 2"});
  EXPECT_EQ(core_.unanswered(), 2U);
}

TEST_F(ClientCoreTest, ItIsSentAgainAfterEachLoss) {
  be_ready();
  core_.ask(1, "a");
  for (int i = 0; i < 3; ++i) {
    core_.lost();
    core_.connected();
    core_.lost();  // before the welcome
    core_.connected();
    EXPECT_EQ(words(core_.received(welcome_back())), (Words{"welcomed again", "request 1"}));
  }
}

TEST_F(ClientCoreTest, WhatIsIdempotentIsSentAgainToAnyServer) {
  be_ready();
  core_.ask(1, "a", true);
  core_.ask(2, "b");
  core_.ask(3, "c", true);
  core_.lost();
  core_.ask(4, "d");
  core_.connected();
  EXPECT_EQ(words(core_.received(welcome(4, 4096, 99))),
            (Words{"welcomed again", "unknown 2", "request 1", "request 3", "request 4"}));
}

TEST_F(ClientCoreTest, AnotherServerDoesNotGetTheToken) {
  be_ready();
  core_.lost();
  core_.change_server();
  EXPECT_EQ(words(core_.connected()), Words{"hello"});
  EXPECT_EQ(words(core_.received(welcome(4, 4096, 99))), Words{"welcomed again"});
}

TEST_F(ClientCoreTest, AResumedSessionTellsOfALossThatNobodySaw) {
  be_ready();
  core_.ask(1, "a");
  core_.count();
  EXPECT_EQ(words(core_.received(welcome_back())), (Words{"lost", "welcomed again", "request 1"}));
}

TEST_F(ClientCoreTest, WhoWasWelcomeTriesAgainWhereThereIsNoRoomForNow) {
  for (const auto code : {wire::ErrorCode::server_full, wire::ErrorCode::draining}) {
    ClientCore core("ana");
    core.connected();
    core.received(welcome());
    core.ask(1, "a");
    core.lost();
    core.connected();
    EXPECT_EQ(words(core.received(error(0, code))), Words{"reconnect"});
    core.connected();
    EXPECT_EQ(words(core.received(welcome_back())), (Words{"welcomed again", "request 1"}));
  }
}

TEST_F(ClientCoreTest, AWelcomeAgainOnTheSameConnectionChangesTheWindow) {
  be_ready(1);
  core_.ask(1, "a");
  core_.ask(2, "b");
  EXPECT_EQ(words(core_.received(welcome(2))), (Words{"counted", "request 2"}));
}

TEST_F(ClientCoreTest, CountsWithoutARequest) {
  EXPECT_EQ(words(core_.count()), Words{}) << "no session to ask in";
  be_ready();
  EXPECT_EQ(words(core_.count()), Words{"hello again"});
  wire::Welcome now;
  now.token = {1, 2, 3};
  now.window = 4;
  now.max_message_bytes = 4096;
  now.count = 7;
  now.version = 9;
  const auto effects = core_.received(encoded(now));
  ASSERT_EQ(words(effects), Words{"counted"});
  EXPECT_EQ(std::get<ClientCounted>(effects[0]).count, 7U);
  EXPECT_EQ(std::get<ClientCounted>(effects[0]).version, 9U);
}

// Whoever only sees whether a connection stands can miss that it was another one meanwhile.
TEST_F(ClientCoreTest, AWelcomeOfAnotherSessionTellsOfALossThatNobodySaw) {
  be_ready();
  core_.ask(1, "a");
  core_.ask(2, "b");
  core_.count();
  EXPECT_EQ(words(core_.received(welcome(4, 4096, 99))), (Words{"lost", "welcomed again", "unknown 1", "unknown 2"}));
  EXPECT_EQ(core_.unanswered(), 0U);
  EXPECT_EQ(words(core_.received(welcome(4, 4096, 99))), Words{"counted"});
}

TEST_F(ClientCoreTest, AConnectionThatDoesNotKnowTheClientIsLeft) {
  be_ready();
  core_.ask(1, "a");
  core_.ask(2, "b");
  EXPECT_EQ(words(core_.received(error(2, wire::ErrorCode::hello_required))), (Words{"lost", "reconnect"}));
  core_.connected();
  // The one that the error is about was not run.
  EXPECT_EQ(words(core_.received(welcome(4, 4096, 99))), (Words{"welcomed again", "unknown 1", "request 2"}));
}

TEST_F(ClientCoreTest, AMessageAboveTheServersBoundIsNotSent) {
  core_.connected();
  core_.received(welcome(4, 4096));
  EXPECT_EQ(words(core_.ask(1, std::string(4096 - wire::request_head_bytes, 'x'))), Words{"request 1"});
  EXPECT_EQ(words(core_.ask(2, std::string(4096 - wire::request_head_bytes + 1, 'x'))), Words{"error 2"});
}

TEST_F(ClientCoreTest, ClosingStopsNewRequestsButNotReplies) {
  be_ready();
  core_.ask(1, "a");
  EXPECT_EQ(words(core_.received(closing(wire::ClosingReason::draining))), Words{"closing"});
  EXPECT_EQ(words(core_.ask(2, "b")), Words{});
  EXPECT_EQ(words(core_.received(reply(1))), Words{"reply 1"});
  EXPECT_EQ(words(core_.lost()), (Words{"lost", "reconnect"}));
  core_.connected();
  EXPECT_EQ(words(core_.received(welcome())), (Words{"welcomed again", "request 2"}));
}

TEST_F(ClientCoreTest, LeavingSaysByeAndEndsWithTheServersGoodbye) {
  be_ready();
  core_.ask(1, "a");
  EXPECT_EQ(words(core_.leave()), Words{"bye"});
  EXPECT_EQ(words(core_.leave()), Words{});
  EXPECT_EQ(words(core_.received(closing(wire::ClosingReason::goodbye))), (Words{"unknown 1", "closed"}));
  EXPECT_EQ(words(core_.ask(2, "b")), Words{"error 2"});
}

TEST_F(ClientCoreTest, LeavingBeforeThereWasAServerEndsAtOnce) {
  core_.ask(1, "a");
  EXPECT_EQ(words(core_.leave()), (Words{"error 1", "closed"}));
}

TEST_F(ClientCoreTest, ARefusalEndsIt) {
  for (const auto code : {wire::ErrorCode::server_full, wire::ErrorCode::draining, wire::ErrorCode::session_ended,
                          wire::ErrorCode::routing_id_refused, wire::ErrorCode::unauthorized}) {
    ClientCore core("ana");
    core.ask(1, "a");
    core.connected();
    EXPECT_EQ(words(core.received(error(0, code))), (Words{"error 1", "refused"}));
    EXPECT_EQ(core.state(), ClientState::closed);
  }
}

// A server that had refused the HELLO meanwhile answers the BYE with an error.
TEST_F(ClientCoreTest, LeavingEndsWithARefusalToo) {
  core_.connected();
  core_.leave();
  EXPECT_EQ(words(core_.received(error(0, wire::ErrorCode::hello_required))), Words{"closed"});
}

TEST_F(ClientCoreTest, AnErrorAboutNothingInParticularIsIgnored) {
  be_ready();
  EXPECT_EQ(words(core_.received(error(0, wire::ErrorCode::malformed))), Words{});
  EXPECT_EQ(core_.state(), ClientState::ready);
}

TEST_F(ClientCoreTest, AServerThatCannotBeUnderstoodIsLeft) {
  be_ready();
  EXPECT_EQ(words(core_.received(std::string("\x01\x7f", 2))), (Words{"lost", "reconnect"}));
}

// Every pair of the table, as PROTOCOL.md section 8 has it; what is not listed there is ignored.
TEST(ClientTable, IsTheProtocols) {
  using S = ClientState;
  using I = ClientInput;
  using A = ClientAction;
  struct Cell {
    S state;
    I input;
    A action;
    S next;
  };
  const std::vector<Cell> listed = {
      {S::connecting, I::connected, A::say_hello, S::greeting},
      {S::connecting, I::leave, A::end_at_once, S::closed},
      {S::greeting, I::welcome, A::begin, S::ready},
      {S::greeting, I::refusal, A::end_refused, S::closed},
      {S::greeting, I::closing, A::expect_end, S::closing},
      {S::greeting, I::lost, A::reconnect, S::connecting},
      {S::greeting, I::leave, A::say_bye, S::leaving},
      {S::ready, I::welcome, A::update, S::ready},
      {S::ready, I::outcome, A::end_request, S::ready},
      {S::ready, I::refusal, A::end_refused, S::closed},
      {S::ready, I::goodbye, A::end_gone, S::closed},
      {S::ready, I::closing, A::expect_end, S::closing},
      {S::ready, I::lost, A::reconnect, S::connecting},
      {S::ready, I::leave, A::say_bye, S::leaving},
      {S::closing, I::outcome, A::end_request, S::closing},
      {S::closing, I::goodbye, A::end_gone, S::closed},
      {S::closing, I::lost, A::reconnect, S::connecting},
      {S::closing, I::leave, A::say_bye, S::leaving},
      {S::leaving, I::goodbye, A::end_gone, S::closed},
      {S::leaving, I::lost, A::end_gone, S::closed},
      {S::leaving, I::refusal, A::end_gone, S::closed},
  };
  for (std::size_t state = 0; state < client_state_count; ++state) {
    for (std::size_t input = 0; input < client_input_count; ++input) {
      Cell expected{static_cast<S>(state), static_cast<I>(input), A::ignore, static_cast<S>(state)};
      for (const Cell& cell : listed) {
        if (cell.state == expected.state && cell.input == expected.input) expected = cell;
      }
      const ClientStep step = client_step(expected.state, expected.input);
      EXPECT_EQ(step.action, expected.action) << "state " << state << ", input " << input;
      EXPECT_EQ(step.next, expected.next) << "state " << state << ", input " << input;
    }
  }
}

}  // namespace
}  // namespace rollcall::core
