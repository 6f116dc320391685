// What the server does with each message in each state of a peer: PROTOCOL.md section 8, the server's table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "wire/messages.hpp"

namespace rollcall::core {

/// silent: no session yet. present: in the roster. ended: its session is over, for good.
enum class PeerState : std::uint8_t { silent, present, ended };
inline constexpr std::size_t peer_state_count = 3;

/// The alternatives of wire::ClientMessage, in their order.
enum class PeerInput : std::uint8_t { fault, plain, hello, request, bye, roster_query, watch };
inline constexpr std::size_t peer_input_count = std::variant_size_v<wire::ClientMessage>;

enum class PeerAction : std::uint8_t {
  say_fault,           ///< the error that the bytes deserve
  say_hello_required,  ///< error 11
  say_ended,           ///< error 19
  join_and_welcome,
  join_and_run,
  welcome,
  run,
  answer_roster,
  watch,
  leave,
};

// clang-format off
inline constexpr std::array<std::array<PeerAction, peer_input_count>, peer_state_count> server_table = {{
  //  fault                  plain                     hello                         request
  //  bye                              roster_query                 watch
  {{PeerAction::say_fault, PeerAction::join_and_run, PeerAction::join_and_welcome, PeerAction::say_hello_required,
    PeerAction::say_hello_required, PeerAction::say_hello_required, PeerAction::say_hello_required}},  // silent
  {{PeerAction::say_fault, PeerAction::run, PeerAction::welcome, PeerAction::run,
    PeerAction::leave, PeerAction::answer_roster, PeerAction::watch}},                           // present
  {{PeerAction::say_ended, PeerAction::say_ended, PeerAction::say_ended, PeerAction::say_ended,
    PeerAction::say_ended, PeerAction::say_ended, PeerAction::say_ended}},                       // ended
}};
// clang-format on

[[nodiscard]] constexpr PeerAction server_action(PeerState state, PeerInput input) noexcept {
  return server_table[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

}  // namespace rollcall::core
