#include "core/reply_cache.hpp"

#include <algorithm>
#include <new>

#include "core/limits.hpp"

namespace rollcall::core {

void ReplyCache::keep(LaneId lane, std::uint64_t id, std::string_view part) noexcept {
  try {
    add(lane, id, part);
  } catch (const std::bad_alloc&) {  // so it is as if it had been dropped to make room
    forget(lane);
  }
}

void ReplyCache::add(LaneId lane, std::uint64_t id, std::string_view part) {
  if (lane >= clients_.size()) clients_.resize(lane + std::size_t{1});
  Kept& kept = clients_[lane];
  kept.lately = true;
  while (kept.count() > 0 &&
         (kept.count() >= bounds_.answers_max || kept.bytes() + part.size() > bounds_.client_bytes_max)) {
    drop_oldest(kept);
  }
  if (bytes_ + part.size() > bounds_.bytes_max) make_room(part.size(), kept);
  while (kept.count() > 0 && bytes_ + part.size() > bounds_.bytes_max) drop_oldest(kept);
  if (part.size() > bounds_.bytes_max) return;
  kept.answers.push_back({id, kept.base + kept.parts.size()});
  kept.parts.append(part);
  bytes_ += part.size();
}

void ReplyCache::drop_oldest(Kept& kept) {
  bytes_ -= kept.begin(kept.first + 1) - kept.begin(kept.first);
  ++kept.first;
  // Half of it at a time, so that each byte is moved once on the average.
  if (const std::size_t begin = kept.begin(kept.first); begin * 2 >= kept.parts.size()) {
    kept.parts.erase(0, begin);
    kept.base += begin;
    if (kept.parts.empty()) recycle(kept.parts);
  }
  if (kept.first * 2 >= kept.answers.size()) {
    kept.answers.erase(kept.answers.begin(), kept.answers.begin() + static_cast<std::ptrdiff_t>(kept.first));
    kept.first = 0;
  }
}

std::optional<std::string_view> ReplyCache::find(LaneId lane, std::uint64_t id) const {
  if (lane >= clients_.size()) return std::nullopt;
  const Kept& kept = clients_[lane];
  const auto begin = kept.answers.begin() + static_cast<std::ptrdiff_t>(kept.first);
  const auto place = std::lower_bound(begin, kept.answers.end(), id,
                                      [](const Answer& answer, std::uint64_t wanted) { return answer.id < wanted; });
  if (place == kept.answers.end() || place->id != id) return std::nullopt;
  const auto answer = static_cast<std::size_t>(place - kept.answers.begin());
  return std::string_view(kept.parts).substr(kept.begin(answer), kept.begin(answer + 1) - kept.begin(answer));
}

std::uint64_t ReplyCache::last(LaneId lane) const noexcept {
  return lane < clients_.size() && clients_[lane].count() > 0 ? clients_[lane].answers.back().id : 0;
}

void ReplyCache::forget(LaneId lane) {
  if (lane < clients_.size()) clear(clients_[lane]);
}

void ReplyCache::clear(Kept& kept) {
  bytes_ -= kept.bytes();
  kept = Kept{};
}

void ReplyCache::make_room(std::size_t bytes, const Kept& sparing) {
  // Twice around: the first round may only take everybody's second chance away.
  for (std::size_t looks = 2 * clients_.size(); looks > 0 && bytes_ + bytes > bounds_.bytes_max; --looks) {
    Kept& kept = clients_[hand_];
    hand_ = (hand_ + 1) % clients_.size();
    if (&kept == &sparing || kept.count() == 0) continue;
    if (!kept.lately) clear(kept);
    kept.lately = false;
  }
}

}  // namespace rollcall::core
