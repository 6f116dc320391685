// Asks the server how it is, four times a second, and for a roster when somebody wants one, so that no request ever
// waits for the server's loop. A thread of its own, which ends with this object.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "rollcall/status.hpp"
#include "server/http/board.hpp"

namespace rollcall::http {

class Sampler {
 public:
  /// Both may wait for a moment, and may give null.
  struct Source {
    std::function<std::shared_ptr<const ServerStatus>(std::uint64_t changes_after)> status;
    std::function<std::shared_ptr<const ServerRoster>()> roster;
  };
  /// `after_look` is called in this thread after each look at the server, and told whether a roster was asked for.
  Sampler(Board& board, Source source, std::function<void(bool with_roster)> after_look);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

 private:
  void run();
  void look(bool with_roster);

  Board& board_;
  Source source_;
  std::function<void(bool)> after_look_;
  std::thread thread_;
};

}  // namespace rollcall::http
