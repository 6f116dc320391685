// The client as an onlooker, who sends no messages (--who, --watch). Both return the program's exit code.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "client/conversation.hpp"

namespace rollcall::tools {

struct Onlooker {
  const Conversation& conversation;
  std::function<void(const std::string&)> complain;
  /// How long the server may be away, while it is watched; nothing: as long as it takes.
  std::optional<std::chrono::milliseconds> absence_max;
};

/// Shows who is here.
int show_who_is_here(const Onlooker& onlooker);
/// Shows who is here, and then who comes and goes, until a signal, or the server, ends it.
int watch_who_comes_and_goes(const Onlooker& onlooker);

}  // namespace rollcall::tools
