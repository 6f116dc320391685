// Compares what the core did with what the model expects of it. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/journal.hpp"
#include "sim/model.hpp"

namespace rollcall::sim {

/// The sends of one step: those to one client in order; how those to several mingle is free.
void compare_sends(std::vector<ExpectedSend> expected, std::vector<core::Send> actual, const core::Limits& limits,
                   std::chrono::milliseconds liveness);

/// Notices are told or counted as left out, at most so many a second of each kind.
class NoticeChecks {
 public:
  /// The notices of one step, but for those of kind suppressed.
  void compare(const std::vector<ExpectedNotice>& expected, const std::vector<core::Notice>& actual, core::Time now);
  void suppressed(const core::Notice& notice);
  /// When something that was left out has to be told; nothing when all was told.
  [[nodiscard]] std::optional<core::Time> due() const;
  /// After Drained: nothing may be left out and not told of.
  void all_told() const;

 private:
  struct Budget {
    std::deque<core::Time> told;  ///< when, of the last second
    std::uint64_t left_out = 0;
    core::Time due{0};  ///< when that has to be told at the latest
  };
  Budget& budget(core::Notice::Kind kind, core::Refusal refusal);

  std::array<Budget, 3 + core::refusal_count> budgets_;
};

}  // namespace rollcall::sim
