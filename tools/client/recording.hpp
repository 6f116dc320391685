// A client's recording (--record): a script of its conversation (proto/SCRIPT.md).
//
// For every reply to have its count again, the script brings the other clients that were there as others-1, others-2
// and so on: they come and go where a reply tells another number than the clients so far add up to. So a request is
// written when its outcome is known. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "common/recording_file.hpp"
#include "common/script_lines.hpp"
#include "rollcall/client.hpp"

namespace rollcall::tools {

class ConversationRecording {
 public:
  using Clock = std::chrono::steady_clock;

  /// Creates the file. `label` is what the client tells the server; `complain` is told once when the file can't be
  /// written any more. Throws Error(config).
  ConversationRecording(std::string file, bool force, std::string label,
                        std::function<void(const std::string&)> complain);
  /// Where the server never welcomed anybody, nothing is left of the file.
  ~ConversationRecording();
  ConversationRecording(const ConversationRecording&) = delete;
  ConversationRecording& operator=(const ConversationRecording&) = delete;

  /// The server's first WELCOME has come.
  void welcomed(std::uint32_t count);
  void sent(std::uint64_t id, std::string_view text);
  void happened(const Client::Happening& happening);
  /// Writes what happened so far to the file.
  void flush();
  /// The conversation is over: what has no outcome was sent, and everybody leaves.
  void end();

 private:
  struct Sent {
    std::uint64_t id;
    std::string text;
    script::Offset at;
  };

  script::Offset now() const { return Clock::now() - start_; }
  /// Times in a script don't go back.
  script::Offset not_before_last(script::Offset at);
  void join(std::uint32_t count);
  void lose();
  void ended(const Outcome& outcome);
  void write(const Sent& sent, const Outcome& outcome);
  /// Others come or go until `count` clients are here.
  /// False when that is not to be had.
  bool bring_to(std::uint32_t count, script::Offset at);

  RecordingFile file_;
  std::string label_;
  std::function<void(const std::string&)> complain_;
  Clock::time_point start_ = Clock::now();
  script::Offset last_{0};
  std::string lines_;
  std::deque<Sent> unanswered_;
  std::uint64_t sessions_ = 0;  ///< of this client; the present one, if any, gives it its name
  std::string name_;
  bool here_ = false;
  std::uint32_t others_ = 0;
  bool messages_ = false;  ///< since the last wait
  bool complained_ = false;
};

}  // namespace rollcall::tools
