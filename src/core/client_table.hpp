// What the client does with each input in each state: PROTOCOL.md section 8, the client's table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rollcall::core {

enum class ClientState : std::uint8_t {
  connecting,
  greeting,  ///< HELLO sent
  ready,     ///< welcomed
  closing,   ///< the server said that it will end
  leaving,   ///< BYE sent
  closed,
};
inline constexpr std::size_t client_state_count = 6;

enum class ClientInput : std::uint8_t {
  connected,
  welcome,
  outcome,  ///< REPLY, or ERROR with an id
  refusal,  ///< ERROR 11, 15, 16, 19 or 20 without one
  goodbye,  ///< CLOSING 1
  closing,  ///< CLOSING 2 or 3
  lost,     ///< the connection ended
  leave,    ///< the caller wants to go
};
inline constexpr std::size_t client_input_count = 8;

enum class ClientAction : std::uint8_t {
  ignore,
  say_hello,
  begin,   ///< welcomed: send what waits
  update,  ///< a repeated WELCOME
  end_request,
  end_refused,
  end_gone,
  expect_end,  ///< no new requests on this connection
  reconnect,
  say_bye,
  end_at_once,  ///< nobody to say goodbye to
};

struct ClientStep {
  ClientAction action = ClientAction::ignore;
  ClientState next = ClientState::connecting;
};

using ClientTable = std::array<std::array<ClientStep, client_input_count>, client_state_count>;

/// Everything that is not listed is ignored.
inline constexpr ClientTable client_table = [] {
  using S = ClientState;
  using I = ClientInput;
  using A = ClientAction;
  ClientTable table{};
  for (std::size_t state = 0; state < client_state_count; ++state) {
    table[state].fill({A::ignore, static_cast<S>(state)});
  }
  const auto on = [&table](S state, I input, A action, S next) {
    table[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)] = {action, next};
  };
  on(S::connecting, I::connected, A::say_hello, S::greeting);
  on(S::connecting, I::leave, A::end_at_once, S::closed);
  on(S::greeting, I::welcome, A::begin, S::ready);
  on(S::greeting, I::refusal, A::end_refused, S::closed);
  on(S::greeting, I::closing, A::expect_end, S::closing);
  on(S::greeting, I::lost, A::reconnect, S::connecting);
  on(S::greeting, I::leave, A::say_bye, S::leaving);
  on(S::ready, I::welcome, A::update, S::ready);
  on(S::ready, I::outcome, A::end_request, S::ready);
  on(S::ready, I::refusal, A::end_refused, S::closed);
  on(S::ready, I::goodbye, A::end_gone, S::closed);
  on(S::ready, I::closing, A::expect_end, S::closing);
  on(S::ready, I::lost, A::reconnect, S::connecting);
  on(S::ready, I::leave, A::say_bye, S::leaving);
  on(S::closing, I::outcome, A::end_request, S::closing);
  on(S::closing, I::goodbye, A::end_gone, S::closed);
  on(S::closing, I::lost, A::reconnect, S::connecting);
  on(S::closing, I::leave, A::say_bye, S::leaving);
  on(S::leaving, I::refusal, A::end_gone, S::closed);
  on(S::leaving, I::goodbye, A::end_gone, S::closed);
  on(S::leaving, I::lost, A::end_gone, S::closed);
  return table;
}();

[[nodiscard]] constexpr ClientStep client_step(ClientState state, ClientInput input) noexcept {
  return client_table[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

}  // namespace rollcall::core
