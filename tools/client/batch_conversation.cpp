#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <string>
#include <utility>

#include "client/conversation.hpp"
#include "common/exit_code.hpp"

namespace rollcall::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t in_flight_max = 128;

/// Messages to send: the first one, repeated or followed by the lines of stdin.
class Source {
 public:
  explicit Source(std::optional<std::uint64_t> count) : repeats_(count.value_or(1)), reads_stdin_(!count) {}

  [[nodiscard]] bool reads_stdin() const noexcept { return reads_stdin_; }
  [[nodiscard]] bool ended() const noexcept { return repeats_ == 0 && lines_.empty() && !reads_stdin_; }

  struct Message {
    std::string text;
    bool typed;  ///< came from stdin
  };
  std::optional<Message> next() {
    if (repeats_ > 0) {
      --repeats_;
      return Message{first_message, false};
    }
    if (lines_.empty()) return std::nullopt;
    Message message{std::move(lines_.front()), true};
    lines_.pop_front();
    return message;
  }
  [[nodiscard]] bool has_next() const noexcept { return repeats_ > 0 || !lines_.empty(); }

  /// Reads what stdin has now. Call when it is readable.
  void read_stdin() {
    std::array<char, 65536> bytes{};
    const ssize_t size = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (size > 0) {
      for (const char c : std::string_view(bytes.data(), static_cast<std::size_t>(size))) {
        if (c == '\n') {
          lines_.push_back(std::exchange(partial_, {}));
        } else {
          partial_ += c;
        }
      }
      return;
    }
    if (size < 0 && errno == EINTR) return;
    if (!partial_.empty()) lines_.push_back(std::exchange(partial_, {}));
    reads_stdin_ = false;
  }
  void stop() {
    lines_.clear();
    reads_stdin_ = false;
  }

 private:
  std::uint64_t repeats_;
  bool reads_stdin_;
  std::deque<std::string> lines_;
  std::string partial_;
};

class Batch {
 public:
  Batch(const Conversation& conversation, std::optional<std::uint64_t> count)
      : conversation_(conversation), source_(count), progress_(Clock::now()) {}

  int run() {
    while (!was_interrupted()) {
      send();
      if (in_flight_.empty() && source_.ended()) return exit_code_;
      if (!in_flight_.empty() && Clock::now() - progress_ >= conversation_.patience) {
        std::cerr << "rollcall-client: "
                  << conversation_.printer.no_answer(std::chrono::duration<double>(conversation_.patience).count())
                  << std::endl;
        return exit_timed_out;
      }
      wait();
      receive();
      if (refused_) return exit_no_connection;
    }
    return exit_interrupted;
  }

  /// Shows the word that ended the conversation, if any, as if it had been typed.
  void say_goodbye() const {
    if (!leaving_word_.empty()) show(conversation_.printer.typed(leaving_word_));
  }

 private:
  struct Sent {
    std::uint64_t id;
    Source::Message message;
  };

  void send() {
    while (in_flight_.size() < in_flight_max && source_.has_next()) {
      Source::Message message = *source_.next();
      if (message.typed && conversation_.printer.ends(message.text)) {
        source_.stop();
        leaving_word_ = message.text;
        return;
      }
      if (in_flight_.empty()) progress_ = Clock::now();
      const std::uint64_t id = conversation_.send(message.text);
      in_flight_.push_back({id, std::move(message)});
    }
  }

  void wait() {
    const bool wants_input = source_.reads_stdin() && !source_.has_next() && in_flight_.size() < in_flight_max;
    std::array<pollfd, 2> fds = {
        {{conversation_.client.fd(), POLLIN, 0}, {wants_input ? STDIN_FILENO : -1, POLLIN, 0}}};
    int timeout_ms = -1;
    if (!in_flight_.empty()) {
      const auto left = progress_ + conversation_.patience - Clock::now();
      timeout_ms =
          static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
    }
    if (wait_for(fds, timeout_ms) > 0 && fds[1].revents != 0) source_.read_stdin();
  }

  void receive() {
    while (const auto happening = conversation_.next()) {
      if (const auto* outcome = std::get_if<Outcome>(&*happening)) {
        show_outcome(*outcome);
      } else if (const auto* event = std::get_if<ClientEvent>(&*happening)) {
        if (event->kind == ClientEvent::Kind::refused) refused_ = true;
        const std::string line = conversation_.printer.event(*event);
        if (!line.empty()) std::cerr << line << std::endl;
      }
    }
  }

  void show_outcome(const Outcome& outcome) {
    progress_ = Clock::now();
    if (outcome.kind != Outcome::Kind::reply) exit_code_ = exit_failed;
    // A client's outcomes come in the order of its requests, but errors may overtake (PROTOCOL.md section 6).
    for (auto sent = in_flight_.begin(); sent != in_flight_.end(); ++sent) {
      if (sent->id != outcome.id) continue;
      if (sent->message.typed) show(conversation_.printer.typed(sent->message.text));
      in_flight_.erase(sent);
      break;
    }
    show(conversation_.printer.outcome(outcome));
  }

  Conversation conversation_;
  Source source_;
  std::deque<Sent> in_flight_;
  std::string leaving_word_;
  Clock::time_point progress_;
  bool refused_ = false;
  int exit_code_ = exit_fine;
};

}  // namespace

int converse_in_batch(const Conversation& conversation, std::optional<std::uint64_t> count) {
  Batch batch(conversation, count);
  const int exit_code = batch.run();
  batch.say_goodbye();
  return exit_code;
}

}  // namespace rollcall::tools
