// A client and any server: whatever comes in whatever order, each request ends exactly once, none is sent twice on a
// connection, and what is sent is a message. Whoever asks for the roster gets one answer; whoever watches it is told
// every version after a snapshot, and no other.
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
    switch (in_.below(18)) {
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
      case 10:
        return see(in_.below(4) == 0 ? core_.go_on_listing() : core_.roster(++roster_calls_));
      case 11:
        return see(in_.below(4) == 0 ? core_.unwatch() : core_.watch());
      case 12:
      case 13:
        return page(in_.flip());
      case 14:
      case 15:
        return event();
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
    hear(wire::Error{in_.below(4) == 0 ? 0 : id, static_cast<wire::ErrorCode>(1 + in_.below(24)), "ROSTER"});
  }

  /// Mostly one that fits to what the client was told, or asked for.
  void page(bool pushed) {
    wire::Roster roster{pushed, version_, static_cast<std::uint32_t>(in_.below(4)), 0, {}};
    std::string entries;
    const auto size = static_cast<std::uint16_t>(in_.below(4));
    std::uint64_t session = in_.below(8);
    for (std::uint16_t i = 0; i < size; ++i) {
      session += in_.below(3);
      wire::pack_item(wire::RosterEntry{session, 1, 2, 3, "name", "address"}, entries);
    }
    if (in_.flip()) roster.next = session;
    roster.entries = {entries, size};
    hear(roster);
  }
  void event() {
    wire::Event event;
    event.kind = static_cast<wire::EventKind>(1 + in_.below(3));
    if (event.kind == wire::EventKind::left) event.reason = wire::LeaveReason::goodbye;
    version_ += in_.below(8) == 0 ? in_.below(4) : 1;
    event.version = version_;
    event.count = static_cast<std::uint32_t>(in_.below(4));
    hear(event);
  }

  void see(core::ClientCore::Effects effects) {
    for (const core::ClientEffect& effect : effects) std::visit([this](const auto& each) { on(each); }, effect);
    require(core_.state() != State::closed || roster_answered_ == roster_calls_, "nobody waits for the roster then");
    require(core_.unanswered() == open_.size(), "what has not ended is unanswered");
    require(core_.state() != State::closed || open_.empty(), "nothing is open when the client is closed");
  }

  void on(const core::ClientSend& send) {
    const auto message = wire::decode_client_message(send.part);
    require(!std::holds_alternative<wire::Fault>(message), "what is sent is a message");
    const auto* watch = std::get_if<wire::Watch>(&message);
    if (watch != nullptr && !watch->stop) {
      require(watch->from_version == 0 || watch->from_version == told_, "it acknowledges what it was told");
      if (watch->from_version == 0) told_ = 0;
    }
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
  void on(const core::ClientWelcomed& welcomed) { told_ = welcomed.resumed ? told_ : 0; }
  void on(const core::ClientRoster& roster) {
    answer_roster(roster.asked);
    check(roster.entries);
  }
  void on(const core::ClientRosterPaused&) {}
  void on(const core::ClientRosterFailed& failed) { answer_roster(failed.asked); }
  void on(const core::ClientReset& reset) {
    require(reset.entries.size() == reset.count, "a snapshot is whole");
    check(reset.entries);
    told_ = reset.version;
  }
  void on(const core::ClientChange& change) {
    require(told_ != 0 && change.version == told_ + 1, "each version is one above the one before");
    told_ = change.version;
  }
  void on(const core::ClientWatchFailed&) { told_ = 0; }
  void on(const core::ClientCounted&) {}
  void on(const core::ClientClosing&) {}

  void answer_roster(std::uint64_t call) {
    require(call > roster_answered_ && call <= roster_calls_, "a call for the roster is answered once");
    roster_answered_ = call;
  }
  static void check(const std::vector<core::ClientRosterEntry>& entries) {
    std::uint64_t last = 0;
    for (const core::ClientRosterEntry& entry : entries) {
      require(entry.session > last, "nobody is listed twice");
      last = entry.session;
    }
  }

  Choices in_;
  core::ClientCore core_;
  std::uint64_t roster_calls_ = 0;
  std::uint64_t roster_answered_ = 0;
  std::uint64_t version_ = 1;  ///< the server's
  std::uint64_t told_ = 0;     ///< the version that the client has told its watcher; 0: none
  std::uint64_t last_id_ = 0;
  std::set<std::uint64_t> open_;      ///< asked, and not ended
  std::set<std::uint64_t> sent_now_;  ///< on this connection
};

}  // namespace

void try_bytes(std::string_view bytes) { Conversation(bytes).run(); }

}  // namespace rollcall::fuzz
