// A message as its sender meant it: the bytes, and what PROTOCOL.md says that they are worth. The model judges by the
// meaning, so that the codec's decoder is under test too. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/random.hpp"
#include "wire/messages.hpp"

namespace rollcall::sim {

enum class Kind : std::uint8_t { hello, request, plain, bye, roster_query, watch, garbage };

struct Message {
  Kind kind = Kind::plain;
  std::uint64_t id = 0;              ///< of a request; a query's cursor; from which version to watch
  std::uint16_t limit = 0;           ///< of a query
  bool stop = false;                 ///< of a watch
  std::string text;                  ///< a name or a body
  std::optional<wire::Token> token;  ///< of a hello
  bool again = false;                ///< sent before, on a connection that was lost
  wire::ErrorCode fault{};           ///< of garbage
  bool delimited = false;
  bool many_parts = false;
  std::string bytes;
  /// The key that its connection was made with, and its owner's name, where the shell looked them up.
  std::string key;
  std::string key_name;

  /// In which form an error about it goes back (section 6).
  [[nodiscard]] bool plain_form() const { return !bytes.empty() && static_cast<unsigned char>(bytes[0]) >= 0x20; }
};

/// With `token`, or now and then with one that nobody was given.
[[nodiscard]] Message make_hello(std::string name, Random& random, std::optional<wire::Token> token = {});
[[nodiscard]] Message make_request(std::uint64_t id, std::string body);
[[nodiscard]] Message make_plain(std::string text);
[[nodiscard]] Message make_bye();
[[nodiscard]] Message make_query(std::uint64_t cursor, std::uint16_t limit);
[[nodiscard]] Message make_watch(std::uint64_t from, bool stop = false);
/// Bytes that deserve one of the errors 1 to 8.
[[nodiscard]] Message make_garbage(Random& random);

/// What the simulated handler does with a request; depends on the body alone.
enum class Outcome { reply, failure, too_large };
[[nodiscard]] Outcome outcome_of(std::string_view body);
/// The answer when the outcome is a reply.
[[nodiscard]] std::string answer_to(std::string_view body);

}  // namespace rollcall::sim
