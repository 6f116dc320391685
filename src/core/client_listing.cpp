#include "core/client_listing.hpp"

#include <utility>

namespace rollcall::core {

void Listing::begin_when_wanted(Effects& effects) {
  if (asked_ != 0 || wanted_ <= ended_) return;
  add_send(effects, wire::RosterQuery{});
  asked_ = wanted_;
}

void Listing::go_on(Effects& effects) {
  if (!paused_) return;
  add_send(effects, wire::RosterQuery{pages_.cursor(), 0});
  paused_ = false;
}

void Listing::answered(const wire::Roster& page, Effects& effects) {
  if (asked_ == 0 || paused_) return;
  switch (pages_.add(page)) {
    case PageCollector::Added::more:
      return add_send(effects, wire::RosterQuery{pages_.cursor(), 0});
    case PageCollector::Added::broken:
      return fail(wire::ErrorCode::invalid_value, "the pages of the server's roster do not follow each other", effects);
    case PageCollector::Added::too_large:
      return fail(wire::ErrorCode::too_large, roster_too_large, effects);
    case PageCollector::Added::last:
      break;
  }
  effects.emplace_back(ClientRoster{asked_, page.version, page.count, pages_.take()});
  ended();
  begin_when_wanted(effects);
}

bool Listing::refused(const wire::Error& error, Effects& effects) {
  if (asked_ == 0 || paused_) return false;
  if (error.code == wire::ErrorCode::unsupported) {
    fail(error.code, std::string(error.text), effects);
    return true;
  }
  if (error.code != wire::ErrorCode::busy || !error.text.starts_with("ROSTER")) return false;
  effects.emplace_back(ClientRosterPaused{});
  paused_ = true;
  return true;
}

void Listing::fail(wire::ErrorCode code, std::string text, Effects& effects) {
  effects.emplace_back(ClientRosterFailed{asked_, code, std::move(text)});
  ended();
  begin_when_wanted(effects);
}

void Listing::ended() noexcept {
  ended_ = asked_;
  lost();
}

void Listing::lost() noexcept {
  asked_ = 0;
  paused_ = false;
  pages_.clear();
}

void Listing::end(Effects& effects) {
  if (wanted_ <= ended_) return;
  effects.emplace_back(
      ClientRosterFailed{wanted_, wire::ErrorCode::session_ended, "not answered: the client has left the server"});
  ended_ = wanted_;
  lost();
}

}  // namespace rollcall::core
