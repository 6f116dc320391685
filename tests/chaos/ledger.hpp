// What became of every request of an accountant, and how long it took: each must end exactly once. One thread.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/client_core.hpp"
#include "core/limits.hpp"

namespace rollcall::test {

class Ledger {
 public:
  /// Makes the next request's body, which no other of this ledger has; `name` tells ledgers apart.
  explicit Ledger(std::string name) : name_(std::move(name)) {}
  struct Made {
    std::size_t number;
    std::string body;
  };
  Made make(core::Time now);
  /// How request `number` ended.
  void settle(std::size_t number, const core::ClientOutcome& outcome, core::Time now);
  /// One that was never made, or had ended.
  void settle_unasked() { ++total_.unasked; }
  [[nodiscard]] std::size_t open() const noexcept { return entries_.size() - settled_; }

  /// Figures since the last mark, and a new one begins.
  void mark(core::Time now);
  [[nodiscard]] nlohmann::json since_mark(core::Time now) const;
  /// All figures.
  [[nodiscard]] nlohmann::json total() const;
  /// A line for each request: its body, and "reply", the error's name, "unknown" or "lost".
  void write(std::ostream& out) const;

 private:
  struct Entry {
    core::Time asked{0};
    std::string ended;
  };
  struct Figures {
    std::uint64_t sent = 0;
    std::uint64_t replies = 0;
    std::uint64_t unknown = 0;
    std::uint64_t unasked = 0;  ///< outcomes of what nobody asked, or of what had one
    std::uint64_t wrong = 0;    ///< replies with another body than asked for
    nlohmann::json errors = nlohmann::json::object();
  };

  [[nodiscard]] nlohmann::json json_of(const Figures& figures) const;
  [[nodiscard]] std::string body_of(std::size_t number) const;

  std::string name_;
  std::vector<Entry> entries_;
  std::size_t settled_ = 0;
  Figures total_;
  Figures window_;
  core::Time window_begin_{0};
  std::vector<double> latencies_ms_;  ///< of the window
};

/// p50, p99 and max of durations, in milliseconds; null of none.
[[nodiscard]] nlohmann::json percentiles_ms(std::vector<double> samples_ms);

}  // namespace rollcall::test
