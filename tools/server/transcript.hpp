// Turns the steps of a server into the lines of a script that does the same again (proto/SCRIPT.md).
//
// A request's line is written when it is certain that its dispatch stands (RecordedStep::Kind::settled); until then,
// what comes after it waits, too: for milliseconds, since the server takes a request back at once or never. Clients are
// called c1, c2 and so on. Where clients came or went between two messages, the script waits in between, so that every
// reply has the count that it had. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "common/script_lines.hpp"
#include "rollcall/server.hpp"

namespace rollcall::tools {

class Transcript {
 public:
  /// What is in the lines.
  struct Totals {
    std::uint64_t clients = 0;
    std::uint64_t requests = 0;
    std::uint64_t left_out = 0;        ///< requests that are not, for want of room
    std::uint64_t texts_left_out = 0;  ///< replies whose text is not
  };

  /// Writes the header.
  explicit Transcript(std::string_view title);

  /// The next step; of a reply, `text_left_out` says that its text is not known.
  void take(const RecordedStep& step, bool text_left_out = false);
  /// Requests are missing here.
  void left_out(std::uint64_t requests);
  /// Nothing follows: who is still here leaves. `ends_early`: the server went on.
  void end(bool ends_early);

  /// Lines that are certain; for whoever writes them to take.
  [[nodiscard]] std::string& lines() noexcept { return lines_; }
  [[nodiscard]] const Totals& totals() const noexcept { return totals_; }

 private:
  /// Lines that belong together, and whose turn has not come.
  struct Held {
    std::size_t size = 0;
    bool open = false;  ///< it may still be taken back
    bool dropped = false;
  };
  struct Request {
    std::uint64_t number = 0;
    std::uint64_t line = 0;  ///< of all that were held so far
    std::chrono::nanoseconds time{0};
  };
  struct Client {
    std::uint64_t number = 0;
    std::string name;
    std::deque<Request> unanswered;
  };

  script::Offset offset(std::chrono::nanoseconds time);
  void joined(const RecordedStep& step);
  void left(const RecordedStep& step);
  void request(const RecordedStep& step);
  void settled(const RecordedStep& step);
  void taken_back(const RecordedStep& step);
  void answered(const RecordedStep& step, bool text_left_out);
  void refused(const RecordedStep& step);
  void tell_refused();
  /// Before a join or leave, when `count` clients are here.
  void wait_for_messages(std::uint32_t count);
  void close_line(std::uint64_t line, bool dropped);
  /// What was appended to held_text_ since its size was `begin` is one line, or none.
  void hold(std::size_t begin, bool open);
  void release();

  std::string lines_;
  std::string held_text_;
  std::size_t held_begin_ = 0;
  std::deque<Held> held_;
  std::uint64_t released_ = 0;  ///< lines, so far
  std::unordered_map<std::uint64_t, Client> clients_;
  Totals totals_;
  std::chrono::nanoseconds start_{-1};
  std::chrono::nanoseconds now_{0};
  std::uint32_t count_ = 0;
  bool messages_ = false;  ///< since the last wait
  bool presence_ = false;  ///< since the last wait, and after the last message
  std::uint64_t refused_ = 0;
  std::uint64_t refused_client_ = 0;
  std::string refused_reason_;
};

}  // namespace rollcall::tools
