#include "core/events.hpp"

#include <array>

namespace rollcall::core {
namespace {

constexpr std::array<std::string_view, refusal_count> refusal_names = {
    "silent_connection", "chosen_routing_id", "forged_routing_id", "no_connection", "late_message",
    "session_ended",     "bad_message",       "out_of_place",      "over_bound",    "draining",
    "failed_handshake",  "unauthorized",      "held_off",          "stranger",      "endless_message",
};

constexpr std::array<std::string_view, 6> leave_reason_names = {"none",      "goodbye", "disconnected",
                                                                "timed_out", "evicted", "drained"};

}  // namespace

std::string_view refusal_name(Refusal refusal) noexcept { return refusal_names[static_cast<std::size_t>(refusal)]; }

std::string_view leave_reason_name(wire::LeaveReason reason) noexcept {
  return leave_reason_names[static_cast<std::size_t>(reason)];
}

}  // namespace rollcall::core
