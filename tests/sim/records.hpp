// Checks what the core says for a recording: that it can be done again in its order. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "core/events.hpp"

namespace rollcall::sim {

class RecordChecks {
 public:
  /// One Record, in order. Throws Broken when it can't come here.
  void happened(const core::Record& record);
  /// Clients who are here, by the records.
  [[nodiscard]] std::size_t count() const noexcept { return present_.size(); }

 private:
  struct Dispatched {
    std::uint32_t routing_id = 0;
    bool settled = false;
  };
  void presence(const core::Record& record);
  void dispatched(const core::Job& job);
  void answered(const core::Job& job);

  std::set<std::uint32_t> present_;
  std::uint64_t version_ = 0;
  std::map<std::uint64_t, Dispatched> running_;         ///< by the dispatch's number
  std::map<std::uint32_t, std::uint64_t> last_answer_;  ///< dispatch of a client's newest answer
};

}  // namespace rollcall::sim
