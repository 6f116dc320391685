// What the client shows, in the words of its language, or as JSON. One thread.
#pragma once

#include <string>
#include <string_view>

#include "common/command_line.hpp"
#include "rollcall/client.hpp"

namespace rollcall::tools {

class Printer {
 public:
  Printer(Language language, bool json) : english_(language == Language::english), json_(json) {}

  [[nodiscard]] bool json() const noexcept { return json_; }
  /// The word that ends the conversation, next to `sair`.
  [[nodiscard]] bool ends(std::string_view line) const { return line == "sair" || (english_ && line == "quit"); }
  [[nodiscard]] std::string prompt() const;

  // Each is a line without its end; empty when there is nothing to show in this mode.

  [[nodiscard]] std::string connected() const;
  [[nodiscard]] std::string outcome(const Outcome& outcome) const;
  [[nodiscard]] std::string event(const ClientEvent& event) const;
  [[nodiscard]] std::string goodbye() const;
  /// A message read from a pipe, shown as if it had been typed.
  [[nodiscard]] std::string typed(std::string_view line) const;

  [[nodiscard]] std::string help() const;
  [[nodiscard]] std::string unknown_command(std::string_view line) const;
  [[nodiscard]] std::string no_server(const std::string& endpoint, double seconds) const;
  [[nodiscard]] std::string no_answer(double seconds) const;

 private:
  bool english_;
  bool json_;
};

}  // namespace rollcall::tools
