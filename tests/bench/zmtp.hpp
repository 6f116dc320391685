// As much of ZMTP 3.1 with the NULL mechanism as a benchmark needs (rfc.zeromq.org/spec/37), written for speed: whole
// frames in a buffer, no copies. Stateless; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench::zmtp {

inline constexpr std::size_t greeting_bytes = 64;

struct Frame {
  bool more = false;
  bool command = false;
  std::string_view body;
};

/// What both sides send first.
[[nodiscard]] std::string greeting(bool as_server);
/// The READY command of a socket of this type, such as "DEALER".
[[nodiscard]] std::string ready(std::string_view socket_type);
void append_frame(std::string& out, std::string_view body, bool more = false, bool command = false);

/// Takes the first frame off `bytes`; nothing, and `bytes` as before, when it is not whole yet.
[[nodiscard]] std::optional<Frame> take_frame(std::string_view& bytes);

/// The PONG for this command, when it is a PING.
[[nodiscard]] std::optional<std::string> pong_for(std::string_view command);

}  // namespace bench::zmtp
