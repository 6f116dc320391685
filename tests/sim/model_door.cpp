// The model's door: connections without a session, and who of them makes room (core/strangers.hpp).
#include <algorithm>

#include "sim/model.hpp"

namespace rollcall::sim {

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

void Model::make_room() {
  while (strangers_.size() > limits_.strangers_max) {
    const auto [fd, since] = strangers_.front();
    const bool fits = present_.size() + strangers_.size() <= limits_.clients_max + limits_.strangers_max;
    if (fits && now_ - since < core::stranger_patience) return;
    const Slot& slot = slots_[fd];
    if (slot.heard == nobody || peers_[slot.heard].state == State::silent) count_refusal(core::Refusal::stranger);
    cut(fd);
  }
}

}  // namespace rollcall::sim
