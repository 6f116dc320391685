// What a line typed at a terminal means: a message, or a command, which begins with a slash. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace rollcall::tools {

enum class Command {
  none,  ///< a message
  who,
  watch,
  help,
  leave,
  unknown,  ///< begins like one
};

/// Portuguese and English names are known in both languages. `//text` is the message `/text`.
[[nodiscard]] Command command_of(std::string_view line);
/// The message of a line that is one.
[[nodiscard]] std::string_view message_of(std::string_view line);

}  // namespace rollcall::tools
