// A client's questions who is here: page after page of the roster, until the last (PROTOCOL.md section 4.4).
//
// One list is asked for at a time. Whoever asks meanwhile gets the next one, which begins after it asked. A list that a
// busy server interrupts goes on later; one that its connection did not live through is begun anew on the next. One
// thread. Where a call throws, what it was to append is not there, and it may be made again; after answered(), lost()
// comes first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/client_pages.hpp"

namespace rollcall::core {

class Listing {
 public:
  using Effects = std::vector<ClientEffect>;

  /// A call for the roster; their numbers rise.
  void want(std::uint64_t call) noexcept { wanted_ = call; }
  /// Asks for the first page when somebody wants it; for a connection on which HELLO was answered.
  void begin_when_wanted(Effects& effects);
  /// After a pause.
  void go_on(Effects& effects);
  void answered(const wire::Roster& page, Effects& effects);
  /// An error without an id. False: it is about something else.
  bool refused(const wire::Error& error, Effects& effects);
  void lost() noexcept;
  /// Nothing will be answered any more.
  void end(Effects& effects);

 private:
  void fail(wire::ErrorCode code, std::string text, Effects& effects);
  void ended() noexcept;

  std::uint64_t wanted_ = 0;  ///< the last call
  std::uint64_t ended_ = 0;   ///< up to this call, all have their answer
  std::uint64_t asked_ = 0;   ///< the list on its way answers up to this call; 0: there is none
  bool paused_ = false;       ///< the next page was not asked for again
  PageCollector pages_;
};

}  // namespace rollcall::core
