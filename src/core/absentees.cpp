#include "core/absentees.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::core {

std::optional<Absentee> Absentees::add(Absentee absentee) {
  Order added;
  added.push_back(std::move(absentee));
  by_token_.emplace(added.front().token, added.begin());
  // From here on nothing fails.
  auto displaced = order_.size() >= most_ ? take_any() : std::nullopt;
  order_.splice(order_.end(), added);
  return displaced;
}

const Absentee* Absentees::find(const wire::Token& token, std::string_view key) const noexcept {
  const auto found = by_token_.find(token);
  return found == by_token_.end() || found->second->key != key ? nullptr : &*found->second;
}

std::optional<Absentee> Absentees::take(const wire::Token& token, std::string_view key) {
  if (find(token, key) == nullptr) return std::nullopt;
  return remove(by_token_.find(token)->second);
}

std::optional<Absentee> Absentees::take_expired(Time now) {
  if (order_.empty() || now < order_.front().until) return std::nullopt;
  return take_any();
}

std::optional<Absentee> Absentees::take_key(std::string_view key) {
  const auto found = std::find_if(order_.begin(), order_.end(), [key](const auto& each) { return each.key == key; });
  if (found == order_.end()) return std::nullopt;
  return remove(found);
}

std::optional<Absentee> Absentees::take_any() {
  if (order_.empty()) return std::nullopt;
  return remove(order_.begin());
}

std::optional<Absentee> Absentees::remove(Order::iterator place) {
  std::optional<Absentee> removed(std::move(*place));
  by_token_.erase(removed->token);
  order_.erase(place);
  return removed;
}

std::optional<Time> Absentees::next_deadline() const {
  return order_.empty() ? std::nullopt : std::optional(order_.front().until);
}

}  // namespace rollcall::core
