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
  refusal,  ///< ERROR 15, 16, 19 or 20 without one
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

// clang-format off
inline constexpr std::array<std::array<ClientStep, client_input_count>, client_state_count> client_table = [] {
  using enum ClientAction;
  using enum ClientState;
  return std::array<std::array<ClientStep, client_input_count>, client_state_count>{{
    // connected            welcome              outcome                   refusal                goodbye             closing                 lost                     leave
    {{{say_hello, greeting}, {ignore, connecting}, {ignore, connecting},   {ignore, connecting},  {ignore, connecting}, {ignore, connecting},  {ignore, connecting},    {end_at_once, closed}}},
    {{{ignore, greeting},    {begin, ready},       {ignore, greeting},     {end_refused, closed}, {ignore, greeting},   {expect_end, closing}, {reconnect, connecting}, {say_bye, leaving}}},
    {{{ignore, ready},       {update, ready},      {end_request, ready},   {end_refused, closed}, {end_gone, closed},   {expect_end, closing}, {reconnect, connecting}, {say_bye, leaving}}},
    {{{ignore, closing},     {ignore, closing},    {end_request, closing}, {ignore, closing},     {end_gone, closed},   {ignore, closing},     {reconnect, connecting}, {say_bye, leaving}}},
    {{{ignore, leaving},     {ignore, leaving},    {ignore, leaving},      {ignore, leaving},     {end_gone, closed},   {ignore, leaving},     {end_gone, closed},      {ignore, leaving}}},
    {{{ignore, closed},      {ignore, closed},     {ignore, closed},       {ignore, closed},      {ignore, closed},     {ignore, closed},      {ignore, closed},        {ignore, closed}}},
  }};
}();
// clang-format on

[[nodiscard]] constexpr ClientStep client_step(ClientState state, ClientInput input) noexcept {
  return client_table[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

}  // namespace rollcall::core
