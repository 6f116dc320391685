#include "client/roster_modes.hpp"

#include <algorithm>
#include <array>

#include "common/exit_code.hpp"

namespace rollcall::tools {
namespace {

using Clock = std::chrono::steady_clock;

class Watch {
 public:
  explicit Watch(const Onlooker& onlooker)
      : onlooker_(onlooker), deadline_(Clock::now() + onlooker.conversation.patience) {}

  int run() {
    onlooker_.conversation.client.watch();
    while (!was_interrupted()) {
      if (deadline_ && Clock::now() >= *deadline_) return give_up();
      wait();
      while (const auto happening = onlooker_.conversation.next()) {
        if (const auto* event = std::get_if<RosterEvent>(&*happening)) on(*event);
        if (const auto* event = std::get_if<ClientEvent>(&*happening)) on(*event);
        if (exit_code_) return *exit_code_;
      }
    }
    return interruption_exit_code();
  }

 private:
  void wait() const {
    std::array<pollfd, 1> fds = {{{onlooker_.conversation.client.fd(), POLLIN, 0}}};
    int timeout_ms = -1;
    if (deadline_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
      timeout_ms = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }
    wait_for(fds, timeout_ms);
  }

  void on(const RosterEvent& event) {
    if (event.kind == RosterEvent::Kind::refused) {
      onlooker_.complain(onlooker_.conversation.roster_printer.no_roster(event.text));
      exit_code_ = exit_failed;
      return;
    }
    if (event.kind == RosterEvent::Kind::reset && is_here_) deadline_.reset();
    show(onlooker_.conversation.roster_printer.watched(event, began_));
    began_ = true;
  }

  void on(const ClientEvent& event) {
    using Kind = ClientEvent::Kind;
    if (event.kind == Kind::disconnected) {
      is_here_ = false;
      if (onlooker_.absence_max) deadline_ = Clock::now() + *onlooker_.absence_max;
    } else if (event.kind == Kind::reconnected) {
      is_here_ = true;
      if (began_) deadline_.reset();
    } else if (event.kind == Kind::refused || event.kind == Kind::closed) {
      exit_code_ = exit_no_connection;
    }
    if (onlooker_.conversation.roster_printer.json()) {
      show(onlooker_.conversation.roster_printer.json_event(event));
    } else if (const std::string line = onlooker_.conversation.printer.event(event); !line.empty()) {
      std::cerr << line << std::endl;
    }
  }

  int give_up() const {
    const auto& printer = onlooker_.conversation.roster_printer;
    onlooker_.complain(began_ ? printer.no_server_again(in_seconds(*onlooker_.absence_max))
                              : printer.too_late(in_seconds(onlooker_.conversation.patience)));
    return exit_timed_out;
  }

  const Onlooker& onlooker_;
  std::optional<Clock::time_point> deadline_;  ///< for the first snapshot, or for the server to be back
  bool began_ = false;                         ///< the first snapshot was shown
  bool is_here_ = true;                        ///< the server
  std::optional<int> exit_code_;
};

}  // namespace

int show_who_is_here(const Onlooker& onlooker) {
  const Conversation& conversation = onlooker.conversation;
  try {
    show(conversation.roster_printer.who(conversation.client.roster(conversation.patience)));
    return exit_fine;
  } catch (const Error& error) {
    onlooker.complain(conversation.why_no_roster(error));
    return error.kind() == Error::Kind::timeout ? exit_timed_out : exit_failed;
  }
}

int watch_who_comes_and_goes(const Onlooker& onlooker) { return Watch(onlooker).run(); }

}  // namespace rollcall::tools
