// One process of a load that runs in several (load_processes.hpp), and how the two sides talk: lines of JSON over a
// socket. From the part: {"ready"}, {"sample", "from", "seconds"}, then {"result"} or {"error", "kind"}. To it:
// {"start"} with a time of the monotonic clock, or {"stop"}. A part stops, too, when the socket ends. One thread each.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "replay/load.hpp"

namespace rollcall::replay {

/// One end of the socket; closed with it.
class LoadLine {
 public:
  explicit LoadLine(int fd) : fd_(fd) {}
  LoadLine(LoadLine&& other) noexcept;
  LoadLine& operator=(LoadLine&&) = delete;
  ~LoadLine();

  [[nodiscard]] int fd() const noexcept { return fd_; }
  /// Waits until the other side has taken it; what nobody is there to take is dropped.
  void put(const nlohmann::json& message) const;
  /// Takes what has come, without waiting. False: the other side has closed it; what it had said is still to be had.
  bool read();
  /// The next message of what was read.
  std::optional<nlohmann::json> next();

 private:
  int fd_;
  std::string text_;
};

/// Forks. The new process drives its share, and never returns from here. `others` are closed in it. Throws LoadError.
struct LoadPart {
  pid_t pid = 0;
  LoadLine line;
};
[[nodiscard]] LoadPart fork_load_part(const LoadPlan& share, std::uint32_t first, const std::vector<LoadPart>& others);

}  // namespace rollcall::replay
