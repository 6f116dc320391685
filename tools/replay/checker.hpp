// Reads a script as a whole would be played, without playing it: finds what cannot work before anything is sent, and
// tells what it will take. Memory grows with the clients that are there, a pattern being one of them; not with the
// script. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "replay/attendance.hpp"
#include "replay/script_reader.hpp"
#include "replay/values.hpp"

namespace rollcall::replay {

/// What a script does.
struct Summary {
  std::uint64_t steps = 0;  ///< lines; those of repeats once
  std::uint64_t requests = 0;
  std::uint64_t expectations = 0;
  std::uint64_t joins = 0;
  std::uint64_t leaves = 0;
  std::uint64_t crashes = 0;
  std::uint64_t clients_most = 0;  ///< at a time
  std::uint64_t clients_left = 0;  ///< who are there at the end
  double planned_s = 0;            ///< of times and ramps alone: without thinking, waiting and answers

  [[nodiscard]] std::uint64_t presence_changes() const noexcept { return joins + leaves + crashes; }
};

class Checker {
 public:
  /// `values` has to live as long. `file` is the script's name in messages.
  Checker(std::string file, const Values& values) : file_(std::move(file)), values_(values) {}

  /// The script's next step. Throws ScriptError; nothing can be added after that.
  void add(const Step& step);
  /// Of the steps so far.
  [[nodiscard]] const Summary& summary() const noexcept { return summary_; }
  [[nodiscard]] const Attendance& attendance() const noexcept { return attendance_; }

 private:
  void take(const Step& step);
  void take_repeat(const Step& step);
  void play_round(const Step& step);
  void check_texts(const Step& step) const;
  void advance(const Step& step);

  std::string file_;
  const Values& values_;
  Attendance attendance_;
  Summary summary_;
  double round_began_s_ = 0;
  double now_s_ = 0;  ///< when the newest step begins, by the script's times
};

}  // namespace rollcall::replay
