// A client of a script while it is played: what it still has to do, and what became of what it asked. One thread; the
// player (player.hpp) owns it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/client_core.hpp"
#include "core/events.hpp"
#include "io/client_swarm.hpp"
#include "replay/script.hpp"
#include "replay/values.hpp"

namespace rollcall::replay {

/// A step of one client: the steps of a script are shared by all whom they are about.
struct Action {
  std::shared_ptr<const Step> step;
  core::Time due{0};
  std::uint32_t round = 1;
};

/// A request that was sent, until it has ended and nothing can be expected of it any more.
struct Asked {
  std::uint64_t id = 0;       ///< the connection's
  std::uint64_t request = 0;  ///< the client's: 1 for its first
  std::uint32_t round = 1;
  core::Time due{0};
  core::Time sent{0};
  core::Time give_up{0};
  std::shared_ptr<const Step> step;       ///< that sent it
  std::shared_ptr<const Step> expecting;  ///< whose expectation is meant; null: none so far
  std::optional<core::ClientOutcome> outcome;
  bool timed_out = false;  ///< `outcome` stands for none
};

struct Actor {
  enum class State : std::uint8_t {
    expected,  ///< its time to join has not come
    joining,
    present,
    lost,     ///< its connection broke; it tries to reconnect
    leaving,  ///< said goodbye
  };

  std::string name;
  std::string pattern;  ///< under which it was joined; empty: none
  std::uint32_t number = 1;
  std::uint64_t joined = 0;  ///< how many joined before it
  Action join;               ///< that made it
  core::Time woken_at{0};    ///< when the player will look at it
  io::ClientSwarm::Id id = 0;
  State state = State::expected;
  core::Time since{0};       ///< in this state
  core::Time last_reply{0};  ///< or join
  std::uint64_t requests = 0;
  std::deque<Action> to_do;
  std::deque<Asked> asked;     ///< ids rise
  std::size_t unanswered = 0;  ///< of `asked`

  /// For values: this client with its request number `request`.
  [[nodiscard]] Moment moment(std::uint64_t request, std::uint32_t round) const noexcept {
    return {name, number, joined, request, round};
  }
  /// Null: it is not known any more.
  [[nodiscard]] Asked* find(std::uint64_t request_id) noexcept;
  /// The oldest request that nothing is expected of; null: there is none.
  [[nodiscard]] Asked* without_expectation() noexcept;
  /// Removes and returns the oldest request when it has ended and was judged, or has ended and more than
  /// `remembered_max` are kept for an expectation that may still come.
  std::optional<Asked> take_forgotten();

  static constexpr std::size_t remembered_max = 256;
};

}  // namespace rollcall::replay
