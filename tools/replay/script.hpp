// A script, as the player reads it: proto/SCRIPT.md in values. What stands in the file is checked when a step is read;
// texts are templates that are filled in when the step is played (values.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace rollcall::replay {

using Duration = std::chrono::nanoseconds;

/// What is expected of one reply; every part that is given must hold.
struct Expectation {
  std::uint64_t line = 0;
  std::optional<std::string> text;             ///< exactly; a template
  std::optional<std::string> bytes;            ///< exactly; given as hexadecimal digits
  std::optional<std::string> pattern;          ///< as it stands in the script, for messages
  std::shared_ptr<const std::regex> compiled;  ///< of `pattern` (ECMAScript); somewhere in the reply
  std::optional<std::uint32_t> count;          ///< that the reply carries
  std::optional<std::string> error;            ///< the name of a typed error, such as "busy"; "unknown" for none at all
  std::optional<Duration> timeout;             ///< since the request was sent; the header's otherwise
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
  std::string client;           ///< a name; in join with `number`, and in the others, it may end in '*': all of them
  std::uint32_t number = 1;     ///< join: how many, called after `client` with 1, 2, 3 ... for its '*'
  std::string label;            ///< join: the name that the server is told; `client` otherwise; a template
  Duration ramp{0};             ///< join, leave, crash, send: spread over this time
  std::optional<Duration> at;   ///< from the start (in repeat: of the round)
  std::optional<Duration> think;  ///< after the client's last reply
  std::string text;             ///< send: a template, or bytes
  bool is_bytes = false;        ///< send: `text` was given as hexadecimal digits
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

}  // namespace rollcall::replay
