// What happened in a simulation: a hash of all of it, and lines for people when somebody wants to read them. One
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/events.hpp"

namespace rollcall::sim {

/// A promise of the core that was seen broken.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Broken with `promise` unless `kept`.
inline void require(bool kept, std::string_view promise) {
  if (!kept) throw Broken(std::string(promise));
}

class Trace {
 public:
  enum class Mode { off, tail, print };

  explicit Trace(Mode mode) : mode_(mode) {}

  void event(const core::ServerEvent& event, core::Time now);
  void effect(const core::Effect& effect);

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] const std::deque<std::string>& tail() const noexcept { return tail_; }

 private:
  void mix(std::uint64_t number);
  void mix(std::string_view bytes);
  void line(std::string text);

  Mode mode_;
  std::uint64_t hash_ = 0x243F6A8885A308D3U;
  std::deque<std::string> tail_;  ///< the last lines, unless the mode is off
};

}  // namespace rollcall::sim
