// Waits until the server's count is what a script says: asks for it until it is (PROTOCOL.md section 4.1, a repeated
// HELLO), through a client that is there, or, where the script has none, through one of its own, which does not count
// itself. One thread; the player (player.hpp) tells it what its clients are told.
#pragma once

#include <cstdint>
#include <optional>

#include "core/events.hpp"
#include "io/client_swarm.hpp"
#include "replay/roster_view.hpp"

namespace rollcall::replay {

class CountCheck {
 public:
  CountCheck(io::ClientSwarm& swarm, const RosterView& roster) : swarm_(swarm), roster_(roster) {}

  /// What the roster's view says may be out of date: a client has left or was cut.
  void doubt() noexcept { doubtful_ = true; }

  /// From now on the count should become `count`, before `deadline`.
  void begin(std::uint32_t count, core::Time deadline);
  enum class Result { pending, reached, late };
  /// Call at once, whenever something has happened, and at next(). `present`: a client that is there.
  Result step(std::optional<io::ClientSwarm::Id> present, core::Time now);
  [[nodiscard]] core::Time next() const noexcept { return asked_ ? deadline_ : next_; }
  /// The count that was told last.
  [[nodiscard]] std::optional<std::uint32_t> last() const noexcept { return last_; }

  /// True for the check's own client.
  [[nodiscard]] bool owns(io::ClientSwarm::Id client) const noexcept { return observer_ == client; }
  /// `client` was told the count, in a WELCOME.
  void told(io::ClientSwarm::Id client, std::uint32_t count) noexcept;
  /// `client` is gone, or has lost its connection: what it was asked has no answer.
  void gone(io::ClientSwarm::Id client) noexcept;

 private:
  void ask(std::optional<io::ClientSwarm::Id> present, core::Time now);

  io::ClientSwarm& swarm_;
  const RosterView& roster_;
  bool doubtful_ = false;
  std::uint32_t wanted_ = 0;
  core::Time deadline_{0};
  core::Time next_{0};
  std::optional<std::uint32_t> last_;
  std::optional<io::ClientSwarm::Id> asked_;     ///< who has an answer to come
  std::optional<io::ClientSwarm::Id> observer_;  ///< the check's own client
  bool observer_leaves_ = false;
};

}  // namespace rollcall::replay
