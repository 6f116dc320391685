#include <array>

#include "wire/messages.hpp"

namespace rollcall::wire {
namespace {

// In the order of their codes (PROTOCOL.md section 7), from 1.
constexpr std::array<std::string_view, error_code_max> names = {
    "MALFORMED",     "UNKNOWN_VERSION",    "UNKNOWN_TYPE",   "UNKNOWN_FLAG", "TRAILING_BYTES", "INVALID_TEXT",
    "INVALID_VALUE", "TOO_LARGE",          "TOO_MANY_PARTS", "UNSUPPORTED",  "HELLO_REQUIRED", "BAD_REQUEST_ID",
    "BUSY",          "QUEUE_FULL",         "SERVER_FULL",    "DRAINING",     "HANDLER_FAILED", "HANDLER_TIMEOUT",
    "SESSION_ENDED", "ROUTING_ID_REFUSED", "UNAUTHORIZED",   "REPLY_LOST",   "WATCHERS_FULL",
};

}  // namespace

std::string_view error_name(ErrorCode code) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  return number >= 1 && number <= error_code_max ? names[number - 1] : std::string_view("UNASSIGNED");
}

}  // namespace rollcall::wire
