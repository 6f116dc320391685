#include "core/client_watching.hpp"

#include <utility>

namespace rollcall::core {

void Watching::begin() noexcept {
  if (state_ != State::off) return;
  state_ = State::unasked;
  version_ = 0;
}

void Watching::stop(bool served, Effects& effects) {
  if (served && state_ != State::off && state_ != State::unasked) add_send(effects, wire::Watch{true, 0});
  end();
}

void Watching::welcomed(bool resumed) noexcept {
  // Versions are those of one server's life, and only in a resumed session it is the same one.
  if (!resumed) version_ = 0;
  lost();
}

void Watching::ask_when_due(Effects& effects) {
  if (state_ != State::unasked) return;
  say_watch(effects);
  state_ = version_ == 0 ? State::asked : State::following;
}

/// From version_ on, which is thereby acknowledged.
void Watching::say_watch(Effects& effects) {
  add_send(effects, wire::Watch{false, version_});
  acknowledged_ = version_;
}

void Watching::happened(const wire::Event& event, Effects& effects) {
  if (state_ == State::off || state_ == State::unasked) return;
  if (event.kind == wire::EventKind::reset) {
    begin_snapshot(event, effects);
  } else if (state_ == State::following) {
    follow(event, effects);
  } else if (state_ == State::collecting) {
    ask_anew(effects);  // nothing comes between the pages of a snapshot
  }
}

void Watching::begin_snapshot(const wire::Event& reset, Effects& effects) {
  pages_.clear();
  if (reset.count > roster_entries_max) {
    return fail(wire::ErrorCode::too_large, roster_too_large, true, effects);
  }
  state_ = State::collecting;
  snapshot_version_ = reset.version;
  snapshot_count_ = reset.count;
}

void Watching::follow(const wire::Event& change, Effects& effects) {
  if (change.version != version_ + 1) return ask_anew(effects);
  effects.emplace_back(ClientChange{change.kind, change.reason, change.session, change.count, change.version,
                                    std::string(change.name), std::string(change.address)});
  version_ = change.version;
  if (version_ - acknowledged_ < watch_acknowledge_every) return;
  say_watch(effects);
}

void Watching::listed(const wire::Roster& page, Effects& effects) {
  if (state_ != State::collecting) return;
  const auto added = pages_.add(page);
  const bool fits = page.version == snapshot_version_ && page.count == snapshot_count_ && page.version != 0 &&
                    (added != PageCollector::Added::last || pages_.size() == page.count);
  if (added == PageCollector::Added::too_large) {
    return fail(wire::ErrorCode::too_large, roster_too_large, true, effects);
  }
  if (added == PageCollector::Added::broken || !fits) return ask_anew(effects);
  if (added == PageCollector::Added::more) return;
  effects.emplace_back(ClientReset{snapshot_version_, snapshot_count_, pages_.take()});
  version_ = snapshot_version_;
  state_ = State::following;
  say_watch(effects);
}

/// What comes until the next reset is of no use.
void Watching::ask_anew(Effects& effects) {
  add_send(effects, wire::Watch{});
  version_ = 0;
  pages_.clear();
  state_ = State::asked;
}

bool Watching::refused(const wire::Error& error, Effects& effects) {
  const bool meant = error.code == wire::ErrorCode::unsupported || error.code == wire::ErrorCode::watchers_full;
  if (state_ == State::off || state_ == State::unasked || !meant) return false;
  fail(error.code, std::string(error.text), false, effects);
  return true;
}

void Watching::fail(wire::ErrorCode code, std::string text, bool tell_server, Effects& effects) {
  effects.reserve(effects.size() + 2);
  if (tell_server) add_send(effects, wire::Watch{true, 0});
  effects.emplace_back(ClientWatchFailed{code, std::move(text)});
  end();
}

void Watching::lost() noexcept {
  pages_.clear();
  if (state_ != State::off) state_ = State::unasked;
}

void Watching::end() noexcept {
  pages_.clear();
  state_ = State::off;
}

}  // namespace rollcall::core
