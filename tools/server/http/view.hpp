// What the requests are answered from: all that was found out about the server, and nothing else. A plain value; see
// Board for its threads.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "rollcall/status.hpp"
#include "server/http/change_log.hpp"
#include "server/http/history.hpp"
#include "server/http/rosters.hpp"

namespace rollcall::http {

/// The same moment by both clocks.
struct Moment {
  std::chrono::steady_clock::time_point steady;
  std::chrono::system_clock::time_point system;

  [[nodiscard]] static Moment now() noexcept {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
  }
};

struct View {
  std::shared_ptr<const ServerStatus> status;  ///< the newest one; null before the first
  History history;
  ChangeLog changes;
  Rosters rosters;

  void add(std::shared_ptr<const ServerStatus> next) {
    if (status && next->taken <= status->taken) return;
    history.add(next);
    changes.add(*next);
    status = std::move(next);
  }
};

}  // namespace rollcall::http
