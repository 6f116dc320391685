#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include "client/commands.hpp"
#include "client/conversation.hpp"
#include "client/line_editor.hpp"
#include "client/roster_printer.hpp"
#include "common/exit_code.hpp"

namespace rollcall::tools {
namespace {

using Clock = std::chrono::steady_clock;

/// Client::roster() in a thread of its own, so that other things may happen meanwhile.
class RosterCall {
 public:
  RosterCall(Client& client, std::chrono::milliseconds patience) : client_(client) {
    if (done_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    // Signals are for the thread that waits for them.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([this, patience] { run(patience); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  /// Where it has no answer yet, the client has left.
  ~RosterCall() {
    if (thread_.joinable()) {
      client_.leave(std::chrono::milliseconds{0});
      thread_.join();
    }
    close(done_);
  }
  RosterCall(const RosterCall&) = delete;
  RosterCall& operator=(const RosterCall&) = delete;

  /// Becomes readable when there is an answer.
  [[nodiscard]] int fd() const noexcept { return done_; }
  /// Once that is so, and once. Throws what the call threw.
  Roster answer() {
    thread_.join();
    if (problem_) throw Error(*problem_);
    return std::move(roster_);
  }

 private:
  void run(std::chrono::milliseconds patience) {
    try {
      roster_ = client_.roster(patience);
    } catch (const Error& error) {
      problem_ = error;
    }
    eventfd_write(done_, 1);
  }

  Client& client_;
  int done_ = eventfd(0, EFD_CLOEXEC);
  Roster roster_;                 ///< the thread's, while it runs
  std::optional<Error> problem_;  ///< the same
  std::thread thread_;
};

class Dialogue {
 public:
  explicit Dialogue(const Conversation& conversation) : conversation_(conversation) {}

  /// Sends a message and shows what happens until its outcome is there.
  void exchange(const std::string& message) {
    const std::uint64_t id = conversation_.send(message);
    const auto deadline = Clock::now() + conversation_.patience;
    while (!was_interrupted() && !ended_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) {
        std::cerr << conversation_.printer.no_answer(in_seconds(conversation_.patience)) << std::endl;
        return;
      }
      std::array<pollfd, 1> fds = {{{conversation_.client.fd(), POLLIN, 0}}};
      wait_for(fds, static_cast<int>(left.count()));
      while (const auto happening = conversation_.next()) {
        show(line_for(*happening));
        const auto* outcome = std::get_if<Outcome>(&*happening);
        if (outcome != nullptr && outcome->id == id) return;
      }
    }
  }

  /// False: it ends the conversation.
  bool obey(Command command) {
    switch (command) {
      case Command::who:
        show_who_is_here();
        break;
      case Command::watch:
        watches_ = !watches_;
        if (watches_) {
          conversation_.client.watch();
        } else {
          conversation_.client.unwatch();
          show(conversation_.roster_printer.no_longer_watched());
        }
        break;
      case Command::help:
        show(conversation_.printer.help());
        break;
      case Command::leave:
        return false;
      case Command::unknown:
      case Command::none:
        break;
    }
    return true;
  }

  /// Everything that has happened meanwhile, as lines without the last one's end.
  std::string happened() {
    std::string lines;
    while (const auto happening = conversation_.next()) {
      const std::string line = line_for(*happening);
      if (line.empty()) continue;
      if (!lines.empty()) lines += '\n';
      lines += line;
    }
    return lines;
  }

  [[nodiscard]] bool ended() const noexcept { return ended_; }

 private:
  void show_who_is_here() {
    RosterCall call(conversation_.client, conversation_.patience);
    while (!was_interrupted() && !ended_) {
      std::array<pollfd, 2> fds = {{{conversation_.client.fd(), POLLIN, 0}, {call.fd(), POLLIN, 0}}};
      wait_for(fds, -1);
      show(happened());
      if (was_interrupted() || fds[1].revents == 0) continue;
      try {
        show(conversation_.roster_printer.who(call.answer()));
      } catch (const Error& error) {
        std::cerr << conversation_.why_no_roster(error) << std::endl;
      }
      return;
    }
  }

  std::string line_for(const Client::Happening& happening) {
    if (const auto* outcome = std::get_if<Outcome>(&happening)) return conversation_.printer.outcome(*outcome);
    if (const auto* event = std::get_if<RosterEvent>(&happening)) {
      if (event->kind == RosterEvent::Kind::refused) watches_ = false;
      return conversation_.roster_printer.told(*event);
    }
    const auto& event = std::get<ClientEvent>(happening);
    if (event.kind == ClientEvent::Kind::refused || event.kind == ClientEvent::Kind::closed) ended_ = true;
    return conversation_.printer.event(event);
  }

  Conversation conversation_;
  bool ended_ = false;
  bool watches_ = false;
};

}  // namespace

int converse_at_terminal(const Conversation& conversation) {
  Dialogue dialogue(conversation);
  dialogue.exchange(first_message);
  LineEditor editor(conversation.printer.prompt(), conversation.client.fd(),
                    [&dialogue] { return dialogue.happened(); });
  while (!was_interrupted() && !dialogue.ended()) {
    const auto line = editor.read_line();
    if (!line) break;
    if (conversation.printer.ends(*line)) return exit_fine;
    const Command command = command_of(*line);
    if (command == Command::unknown) {
      show(conversation.printer.unknown_command(*line));
    } else if (command != Command::none) {
      if (!dialogue.obey(command)) return exit_fine;
    } else if (!line->empty()) {
      dialogue.exchange(std::string(message_of(*line)));
    }
  }
  std::cout << std::endl;  // below the prompt that Ctrl-D or Ctrl-C left behind
  if (was_interrupted()) return exit_interrupted;
  return dialogue.ended() ? exit_no_connection : exit_fine;
}

}  // namespace rollcall::tools
