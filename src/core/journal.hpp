// How much the server tells people: a bounded number of notices a second for each kind, and then how many were left
// out. One thread; time is an argument.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/events.hpp"

namespace rollcall::core {

class Journal {
 public:
  static constexpr std::size_t budget_count = 3 + refusal_count;  ///< messages, presence, hung workers, each refusal

  /// True when a notice of this kind (and, for Kind::refused, of this reason) may be told now; else it is counted as
  /// left out.
  bool may_tell(Notice::Kind kind, Refusal refusal, Time now) noexcept;

  struct Omission {
    Notice::Kind kind;
    Refusal refusal;  ///< for Kind::refused
    std::uint64_t count;
  };
  /// What was left out in a second that is over; call until nothing is returned.
  std::optional<Omission> omitted(Time now) noexcept;
  /// When omitted() has something to give; nothing when nothing was left out.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  /// Everything left out until now counts as told by omitted(), as if all seconds were over. For the server's end.
  void end_all() noexcept;

 private:
  struct Budget {
    std::uint32_t per_second = 0;
    std::uint32_t used = 0;
    std::uint64_t left_out = 0;
    Time since{0};
  };
  static std::size_t index(Notice::Kind kind, Refusal refusal) noexcept;
  static Budget initial(std::size_t index) noexcept;

  std::array<Budget, budget_count> budgets_ = [] {
    std::array<Budget, budget_count> all{};
    for (std::size_t i = 0; i < budget_count; ++i) all[i] = initial(i);
    return all;
  }();
  std::uint32_t omitting_ = 0;  ///< budgets that have left something out
};

}  // namespace rollcall::core
