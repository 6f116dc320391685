// What happened in one interval of a run; added up, what happened in all of it. Whoever drives clients (player.hpp,
// load.hpp) gives a sample an interval, and the report is made of them: so memory does not grow with the number of
// requests, and several processes can drive one load. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "replay/histogram.hpp"

namespace rollcall::replay {

/// An expectation that did not hold, in full.
struct Failure {
  std::uint64_t line = 0;  ///< of the script
  std::string client;
  std::string expected;
  std::string got;
};

struct Sample {
  static constexpr std::size_t failures_max = 10;

  std::uint64_t due = 0;       ///< requests whose time had come
  std::uint64_t sent = 0;      ///< requests given to a connection
  std::uint64_t not_sent = 0;  ///< requests that were due, and for which there was no room (in flight, connection)
  std::uint64_t replies = 0;
  std::uint64_t unknown = 0;                    ///< the connection was lost before the reply came
  std::uint64_t timeouts = 0;                   ///< no outcome in the time for it
  std::map<std::string, std::uint64_t> errors;  ///< typed errors of the server, by name
  std::uint64_t joins = 0;
  std::uint64_t leaves = 0;   ///< goodbyes
  std::uint64_t crashes = 0;  ///< connections that the script cut
  std::uint64_t lost = 0;     ///< connections that ended by themselves
  std::uint64_t refused = 0;  ///< clients that the server did not want
  std::uint64_t expectations_met = 0;
  std::uint64_t expectations_failed = 0;
  std::vector<Failure> failures;  ///< the first of them
  /// The newest that the server has told: the roster's version, and its size.
  std::uint64_t version = 0;
  std::optional<std::uint32_t> count;
  Histogram latency;       ///< of replies, from the moment the request was due; nanoseconds
  Histogram service_time;  ///< of replies, from the moment the request was sent; nanoseconds

  /// Adds what happened in another interval, or in the same one in another process.
  void add(const Sample& other);
  /// Everything that is not a reply: typed errors, unknown, timeouts, requests not sent.
  [[nodiscard]] std::uint64_t errors_total() const noexcept;
};

/// Is given each interval's sample: what happened from `from_s` on, counted from the start of the run, `interval_s`
/// long.
using OnSample = std::function<void(const Sample&, double from_s, double interval_s)>;

/// A run: its intervals in order, and their sum.
struct Run {
  struct Interval {
    double from_s = 0;
    double seconds = 0;
    std::uint64_t sent = 0;
    std::uint64_t replies = 0;
    std::uint64_t errors = 0;
    std::uint64_t joins = 0;
    std::uint64_t leaves = 0;
    std::uint64_t crashes = 0;  ///< and connections lost
    std::optional<std::uint32_t> count;
    double p50_ms = 0;
    double p99_ms = 0;
    double max_ms = 0;
  };
  static constexpr std::size_t intervals_max = 3600;  ///< above it, neighbours become one

  std::string title;
  std::string server;
  std::optional<std::uint64_t> seed;  ///< of what was random; nothing was where there is none
  bool open_loop = false;             ///< latencies count from when a request was due
  double planned_rate = 0;            ///< requests a second; 0: none was planned
  double seconds = 0;                 ///< so far
  bool interrupted = false;
  std::vector<std::string> notes;  ///< what the reader of the report should know
  std::vector<Interval> intervals;
  std::size_t interval_samples = 1;       ///< how many samples made each of `intervals` but the last,
  std::size_t last_interval_samples = 0;  ///< and how many that one
  Sample total;

  /// The next interval's sample.
  void add(const Sample& sample, double from_s, double interval_s);
};

}  // namespace rollcall::replay
