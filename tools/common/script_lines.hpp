// Lines of a script (proto/SCRIPT.md), for those who write what rollcall-replay reads. Each function appends a whole
// line. Texts are written so that they stand for themselves: braces doubled, bytes that are not UTF-8 as hexadecimal
// digits. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rollcall::tools::script {

/// Since the start of the script; written in microseconds.
using Offset = std::chrono::nanoseconds;

/// A script's reader takes no longer line.
inline constexpr std::size_t line_bytes_max = std::size_t{16} << 20U;

/// What was observed of a reply, to be expected of another one.
struct Reply {
  std::optional<std::string_view> text;  ///< none: not known
  std::optional<std::uint32_t> count;
  std::optional<std::string_view> error;        ///< the typed error's name; instead of the others
  std::optional<std::chrono::seconds> timeout;  ///< where the header's is too short
};

/// The first line. Every expectation without a timeout of its own gets one that is enough for usual replies on a
/// machine that is busier than this one.
void header(std::string_view title, std::string& out);
/// The timeout for a reply that took so long: none where the header's will do.
[[nodiscard]] std::optional<std::chrono::seconds> timeout_for(std::chrono::nanoseconds took);
void comment(std::string_view text, std::string& out);
/// `client` is a name in the script, `label` what it tells the server.
void join(std::string_view client, std::string_view label, Offset at, std::string& out);
void send(std::string_view client, std::string_view text, Offset at, std::string& out);
/// With what is expected of its reply.
void send(std::string_view client, std::string_view text, Offset at, const Reply& reply, std::string& out);
void expect(std::string_view client, const Reply& reply, std::string& out);
void leave(std::string_view client, Offset at, std::string& out);
void crash(std::string_view client, Offset at, std::string& out);
void wait(std::uint32_t count, std::string& out);

}  // namespace rollcall::tools::script
