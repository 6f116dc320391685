// A client and any server: whatever comes in whatever order, each request ends exactly once, none is sent twice on a
// connection, and what is sent is a message.
#include "core/client_core.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "fuzz/any_message.hpp"

namespace rollcall::fuzz {
namespace {

class Conversation {
 public:
  explicit Conversation(std::string_view bytes) : in_(bytes), core_("ana") {}

  void run() {
    for (int i = 0; i < 500 && !in_.empty(); ++i) step();
  }

 private:
  using State = core::ClientState;

  void step() {
    switch (in_.below(12)) {
      case 0:
        sent_now_.clear();
        return see(core_.connected());
      case 1:
        return see(core_.lost());
      case 2:
        return see(core_.received(in_.bytes()));
      case 3:
        return ask();
      case 4:
        return see(core_.count());
      case 5:
        if (in_.below(8) == 0) see(core_.leave());
        if (in_.below(8) == 0) see(core_.refused(wire::ErrorCode::unauthorized, "why"));
        return;
      case 6:
        return core_.change_server();
      case 7:
        return welcome();
      case 8:
        return outcome(true);
      case 9:
        return outcome(false);
      default:
        return any_server_message(in_, [this](const auto& message) { hear(message); });
    }
  }

  template <typename Message>
  void hear(const Message& message) {
    std::string part;
    wire::encode(message, part);
    see(core_.received(part));
  }

  void ask() {
    const std::uint64_t id = last_id_ += 1 + in_.below(3);
    open_.insert(id);
    const bool idempotent = in_.flip();
    see(core_.ask(id, std::string(in_.bytes()), idempotent));
  }

  /// From a server whose tokens are few, so that the client meets them again.
  void welcome() {
    wire::Welcome message;
    message.resumed = in_.flip();
    message.token.fill(static_cast<std::uint8_t>(in_.below(2)));
    message.window = static_cast<std::uint32_t>(1 + in_.below(4));
    message.max_message_bytes = static_cast<std::uint32_t>(in_.below(200));
    hear(message);
  }

  /// Of a request that the client has asked, more often than chance would give it.
  void outcome(bool good) {
    const std::uint64_t id = last_id_ - std::min<std::uint64_t>(last_id_, in_.below(8));
    if (good) return hear(wire::Reply{id, 1, 1, in_.bytes()});
    hear(wire::Error{id, static_cast<wire::ErrorCode>(1 + in_.below(23)), "text"});
  }

  void see(core::ClientCore::Effects effects) {
    for (const core::ClientEffect& effect : effects) std::visit([this](const auto& each) { on(each); }, effect);
    require(core_.unanswered() == open_.size(), "what has not ended is unanswered");
    require(core_.state() != State::closed || open_.empty(), "nothing is open when the client is closed");
  }

  void on(const core::ClientSend& send) {
    const auto message = wire::decode_client_message(send.part);
    require(!std::holds_alternative<wire::Fault>(message), "what is sent is a message");
    const auto* request = std::get_if<wire::Request>(&message);
    if (request == nullptr) return;
    require(core_.state() == State::ready || core_.state() == State::connecting, "requests are sent when welcome");
    require(open_.count(request->id) == 1, "only what has not ended is sent");
    require(sent_now_.insert(request->id).second, "nothing is sent twice on a connection");
  }
  void on(const core::ClientOutcome& outcome) { require(open_.erase(outcome.id) == 1, "a request ends once"); }
  void on(const core::ClientLost&) { sent_now_.clear(); }
  void on(const core::ClientReconnect&) { sent_now_.clear(); }
  void on(const core::ClientClosed&) { require(core_.state() == State::closed, "closed is closed"); }
  void on(const core::ClientWelcomed&) {}
  void on(const core::ClientCounted&) {}
  void on(const core::ClientClosing&) {}

  Choices in_;
  core::ClientCore core_;
  std::uint64_t last_id_ = 0;
  std::set<std::uint64_t> open_;      ///< asked, and not ended
  std::set<std::uint64_t> sent_now_;  ///< on this connection
};

}  // namespace

void try_bytes(std::string_view bytes) { Conversation(bytes).run(); }

}  // namespace rollcall::fuzz
