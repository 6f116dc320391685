#include "core/roster.hpp"

#include <cassert>
#include <utility>

namespace rollcall::core {

Session& Roster::join(Session session) {
  session.number = joins_ + 1;
  const std::uint32_t routing_id = session.routing_id;
  const auto [place, added] = sessions_.emplace(routing_id, std::move(session));
  assert(added);
  try {
    [[maybe_unused]] const bool is_new = by_token_.emplace(place->second.token, &place->second).second;
    assert(is_new);
    by_number_.emplace_hint(by_number_.end(), place->second.number, &place->second);
  } catch (...) {
    by_token_.erase(place->second.token);
    sessions_.erase(place);
    throw;
  }
  ++joins_;
  ++version_;
  return place->second;
}

Roster::Leaver Roster::leave(std::uint32_t routing_id) {
  auto leaver = sessions_.extract(routing_id);
  assert(!leaver.empty());
  by_token_.erase(leaver.mapped().token);
  by_number_.erase(leaver.mapped().number);
  ++version_;
  return leaver;
}

Session* Roster::find(std::uint32_t routing_id) noexcept {
  const auto place = sessions_.find(routing_id);
  return place == sessions_.end() ? nullptr : &place->second;
}

Session* Roster::find(const wire::Token& token) noexcept {
  const auto place = by_token_.find(token);
  return place == by_token_.end() ? nullptr : place->second;
}

}  // namespace rollcall::core
