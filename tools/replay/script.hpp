// A script, as the player reads it: proto/SCRIPT.md in values. What stands in the file is checked when a step is read
// (script_reader.hpp); texts are templates that are filled in when the step is played (values.hpp). Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/text_template.hpp"

namespace re2 {
class RE2;
}

namespace rollcall::replay {

using Duration = std::chrono::nanoseconds;

/// One line of a script: a repeat with all its steps has to fit.
inline constexpr std::size_t script_line_bytes_max = std::size_t{16} << 20U;
/// Repeats within repeats.
inline constexpr std::size_t repeat_depth_max = 8;
/// Clients of one join; far above what one machine has descriptors for.
inline constexpr std::uint32_t join_number_max = 1'000'000;
inline constexpr std::uint32_t repeat_times_max = 1'000'000'000;

/// What is expected of one reply; every part that is given must hold.
struct Expectation {
  std::uint64_t line = 0;
  std::optional<TextTemplate> text;          ///< exactly; with `error`, what the error says
  std::optional<std::string> bytes;          ///< exactly; given as hexadecimal digits
  std::optional<std::string> pattern;        ///< as it stands in the script, for messages
  std::shared_ptr<const re2::RE2> compiled;  ///< of `pattern`; somewhere in the reply (with `error`, in what it says)
  std::optional<std::uint32_t> count;        ///< that the reply carries
  std::optional<std::string> error;          ///< the name of a typed error, such as "busy"; "unknown" for none at all
  std::optional<Duration> timeout;           ///< since the request was sent; the header's otherwise
};

struct Step {
  enum class Kind : std::uint8_t {
    join,    ///< connect and say HELLO
    send,    ///< a request
    expect,  ///< of the client's oldest request that nothing was expected of yet
    leave,   ///< say goodbye
    crash,   ///< cut the connection without a goodbye
    wait,    ///< until all before is done and, where it is given, the count is `count`
    repeat,  ///< `steps`, `times` times
  } kind = Kind::join;
  std::uint64_t line = 0;
  std::string client;                      ///< a name, or a pattern: the clients that were joined under it
  std::uint32_t number = 1;                ///< join: how many, called after `client` with 1, 2, 3 ... for its '*'
  std::optional<TextTemplate> label;       ///< join: the name that the server is told; `client` otherwise
  Duration ramp{0};                        ///< join, leave, crash, send: spread over this time
  std::optional<Duration> at;              ///< from the start (in repeat: of the round)
  std::optional<Duration> think;           ///< after the client's last reply
  TextTemplate text;                       ///< send: what is sent; bytes given as hexadecimal digits are a constant one
  bool is_bytes = false;                   ///< send: `text` was given as hexadecimal digits
  std::optional<Expectation> expectation;  ///< send, expect
  std::optional<std::uint32_t> count;      ///< wait
  std::optional<Duration> timeout;         ///< wait
  std::uint32_t times = 1;                 ///< repeat
  std::vector<Step> steps;                 ///< repeat
};

/// The first object of a script.
struct Header {
  std::string title;
  std::optional<std::uint64_t> seed;
  Duration timeout = std::chrono::seconds{5};  ///< of each expectation that has none of its own
  std::map<std::string, std::string> variables;
  std::string csv;  ///< path of a file with values; relative ones are meant from the script's folder
};

/// True for "bia*": a name for several clients.
[[nodiscard]] inline bool is_pattern(std::string_view client) noexcept { return client.ends_with('*'); }
/// The name of client `number` under `pattern`: "bia7".
[[nodiscard]] inline std::string member_name(std::string_view pattern, std::uint32_t number) {
  return std::string(pattern.substr(0, pattern.size() - 1)) + std::to_string(number);
}

}  // namespace rollcall::replay
