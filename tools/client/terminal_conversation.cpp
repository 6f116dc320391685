#include <array>

#include "client/conversation.hpp"
#include "client/line_editor.hpp"
#include "common/exit_code.hpp"

namespace rollcall::tools {
namespace {

using Clock = std::chrono::steady_clock;

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
        std::cerr << conversation_.printer.no_answer(std::chrono::duration<double>(conversation_.patience).count())
                  << std::endl;
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
  std::string line_for(const Client::Happening& happening) {
    if (const auto* outcome = std::get_if<Outcome>(&happening)) return conversation_.printer.outcome(*outcome);
    const auto* event = std::get_if<ClientEvent>(&happening);
    if (event == nullptr) return {};
    if (event->kind == ClientEvent::Kind::refused || event->kind == ClientEvent::Kind::closed) ended_ = true;
    return conversation_.printer.event(*event);
  }

  Conversation conversation_;
  bool ended_ = false;
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
    if (!line->empty()) dialogue.exchange(*line);
  }
  std::cout << std::endl;  // below the prompt that Ctrl-D or Ctrl-C left behind
  if (was_interrupted()) return exit_interrupted;
  return dialogue.ended() ? exit_no_connection : exit_fine;
}

}  // namespace rollcall::tools
