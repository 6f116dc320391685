// The model's door: whose address is held off (core/door.hpp); connections without a session, and who of them makes
// room (core/strangers.hpp).
#include <algorithm>
#include <utility>

#include "sim/model.hpp"

namespace rollcall::sim {

bool Model::is_silent(const Slot& slot) const {
  return slot.heard == nobody || peers_[slot.heard].state == State::silent;
}

double& Model::credit(const std::string& host) {
  const double most = limits_.door_burst;
  auto& [credit, since] = credits_.try_emplace(host, most, now_).first->second;
  const std::chrono::duration<double> passed = now_ - since;
  credit = std::min(most, credit + passed.count() * limits_.door_refill_per_second);
  since = now_;
  return credit;
}

void Model::charge(Slot& slot) {
  if (slot.heard != nobody && present_.contains(slot.heard)) return;
  if (std::exchange(slot.charged, true)) return;
  double& left = credit(address_of(slot.owner).host);
  left = std::max(left - 1, 0.0);
}

void Model::forget_stranger(int fd) {
  std::erase_if(strangers_, [fd](const auto& stranger) { return stranger.first == fd; });
}

void Model::add_stranger(int fd) {
  forget_stranger(fd);
  strangers_.emplace_back(fd, now_);
}

void Model::cut(int fd) {
  Slot& slot = slots_[fd];
  slot.cut = true;
  forget_kept(fd, slot);
  forget_stranger(fd);
  cuts.push_back(fd);
}

Model::Slot* Model::listened_to(int fd) {
  const auto found = slots_.find(fd);
  return found != slots_.end() && found->second.open && !found->second.cut ? &found->second : nullptr;
}

std::uint32_t Model::heard_on(int fd) const {
  const auto found = slots_.find(fd);
  return found == slots_.end() || found->second.heard == nobody ? 0 : peers_[found->second.heard].routing_id;
}

void Model::endless(int fd, core::Time now) {
  now_ = now;
  Slot* slot = listened_to(fd);
  if (slot == nullptr) return;
  count_refusal(core::Refusal::endless_message);
  if (slot->heard != nobody && present_.contains(slot->heard)) return leave(slot->heard, wire::LeaveReason::evicted);
  charge(*slot);
  cut(fd);
}

void Model::clogged(int fd, std::uint32_t routing_id, core::Time now) {
  now_ = now;
  const Slot* slot = listened_to(fd);
  if (slot == nullptr || slot->heard == nobody || peers_[slot->heard].routing_id != routing_id) return;
  present_.contains(slot->heard) ? leave(slot->heard, wire::LeaveReason::evicted) : cut(fd);
}

void Model::make_room() {
  while (strangers_.size() > limits_.strangers_max) {
    const auto [fd, since] = strangers_.front();
    const bool fits = present_.size() + strangers_.size() <= limits_.clients_max + limits_.strangers_max;
    if (fits && now_ - since < core::stranger_patience) return;
    Slot& slot = slots_[fd];
    if (is_silent(slot)) {
      count_refusal(core::Refusal::stranger);
      charge(slot);
    }
    cut(fd);
  }
}

}  // namespace rollcall::sim
