// What the client shows of who is here, who comes and who goes: for people in their language, or as JSON. Names and
// addresses are strangers' text, so they are made harmless. One thread; times are those of this computer's zone.
#pragma once

#include <string>
#include <string_view>

#include "common/command_line.hpp"
#include "rollcall/client.hpp"

namespace rollcall::tools {

class RosterPrinter {
 public:
  RosterPrinter(Language language, bool json) : english_(language == Language::english), json_(json) {}

  [[nodiscard]] bool json() const noexcept { return json_; }

  // Lines without the last one's end.

  /// A table, or one object.
  [[nodiscard]] std::string who(const Roster& roster) const;
  /// The roster that a watch begins with (`again`: after it had begun), and a line for all else.
  [[nodiscard]] std::string watched(const RosterEvent& event, bool again) const;
  /// The same at a terminal where people talk: the roster is not shown, but counted.
  [[nodiscard]] std::string told(const RosterEvent& event) const;
  /// Of the connection, as JSON; empty for what nobody has to know.
  [[nodiscard]] std::string json_event(const ClientEvent& event) const;

  [[nodiscard]] std::string no_longer_watched() const;
  [[nodiscard]] std::string no_roster(std::string_view why) const;
  [[nodiscard]] std::string too_late(double seconds) const;
  [[nodiscard]] std::string no_server_again(double seconds) const;

 private:
  [[nodiscard]] std::string change(const RosterChange& change) const;
  [[nodiscard]] std::string counted(std::uint32_t count) const;
  [[nodiscard]] std::string table(const Roster& roster) const;
  [[nodiscard]] std::string idle(std::chrono::milliseconds time) const;

  bool english_;
  bool json_;
};

}  // namespace rollcall::tools
