// The client's ways of talking: with a person at a terminal, or in one go. Both return the program's exit code.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "client/printer.hpp"
#include "client/recording.hpp"
#include "client/roster_printer.hpp"
#include "rollcall/client.hpp"

namespace rollcall::tools {

inline constexpr const char* first_message = "Hello, Server!";

/// For texts.
[[nodiscard]] inline double in_seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

struct Conversation {
  Client& client;
  const Printer& printer;
  const RosterPrinter& roster_printer;
  std::chrono::milliseconds patience;  ///< for each reply
  ConversationRecording* recording = nullptr;
  Delivery delivery = Delivery::at_most_once;

  // All that is said and heard passes here.

  std::uint64_t send(const std::string& message) const {
    const std::uint64_t id = client.send(message, delivery);
    if (recording != nullptr) recording->sent(id, message);
    return id;
  }
  /// What has happened, if anything; does not wait.
  std::optional<Client::Happening> next() const {
    auto happening = client.next(std::chrono::milliseconds{0});
    if (recording != nullptr) happening ? recording->happened(*happening) : recording->flush();
    return happening;
  }
  /// For people, when Client::roster() threw this.
  std::string why_no_roster(const Error& error) const {
    const bool late = error.kind() == Error::Kind::timeout;
    return late ? roster_printer.too_late(in_seconds(patience)) : roster_printer.no_roster(error.what());
  }
};

/// True once SIGINT has come, or, with --watch, SIGTERM.
[[nodiscard]] bool was_interrupted() noexcept;
/// What the program then returns: SIGTERM is a way to end it, SIGINT an interruption.
[[nodiscard]] int interruption_exit_code() noexcept;
/// poll(2), which these signals end with EINTR, also one that came just before.
int wait_for(std::span<pollfd> fds, int timeout_ms) noexcept;

/// Sends the first message, then what a person types, one message at a time.
int converse_at_terminal(const Conversation& conversation);

/// Sends the first message `count` times, or, without a count, once and then every line of stdin; many at a time, shown
/// in order.
int converse_in_batch(const Conversation& conversation, std::optional<std::uint64_t> count);

/// Writes a line and flushes; nothing for an empty one.
inline void show(const std::string& line) {
  if (!line.empty()) std::cout << line << std::endl;
}

}  // namespace rollcall::tools
