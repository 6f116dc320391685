#include "client/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rollcall::tools {
namespace {

// Who answers may be no rollcall server, and tell any count.
constexpr std::uint32_t others_max = 100'000;
constexpr std::size_t write_bytes = std::size_t{1} << 18U;

}  // namespace

ConversationRecording::ConversationRecording(std::string file, bool force, std::string label,
                                             std::function<void(const std::string&)> complain)
    : file_(std::move(file), force), label_(std::move(label)), complain_(std::move(complain)) {
  script::header(fmt::format("recorded by rollcall-client {}", ROLLCALL_VERSION), lines_);
  script::comment(
      "c1 is this client; after a lost connection it is c2, and so on. others-1, others-2 ... stand for the", lines_);
  script::comment("clients that were there beside it, by the counts in its replies.", lines_);
  flush();
}

script::Offset ConversationRecording::not_before_last(script::Offset at) {
  last_ = std::max(last_, at);
  return last_;
}

void ConversationRecording::welcomed(std::uint32_t count) {
  start_ = Clock::now();
  join(count);
}

void ConversationRecording::join(std::uint32_t count) {
  if (bring_to(count - 1, now()) && count > 1) script::wait(count - 1, lines_);
  name_ = fmt::format("c{}", ++sessions_);
  here_ = true;
  script::join(name_, label_, not_before_last(now()), lines_);
  script::wait(others_ + 1, lines_);
}

bool ConversationRecording::bring_to(std::uint32_t count, script::Offset at) {
  const std::uint32_t me = here_ ? 1 : 0;
  if (others_ + me == count) return true;
  if (count < me || count > others_max) {
    script::comment("The server told a count that is not brought about here.", lines_);
    return false;
  }
  if (messages_) script::wait(others_ + me, lines_);
  messages_ = false;
  const script::Offset time = not_before_last(at);
  while (others_ + me < count) {
    const std::string name = fmt::format("others-{}", ++others_);
    script::join(name, name, time, lines_);
  }
  while (others_ + me > count) script::leave(fmt::format("others-{}", others_--), time, lines_);
  if (here_) script::wait(others_ + me, lines_);
  return true;
}

void ConversationRecording::sent(std::uint64_t id, std::string_view text) {
  unanswered_.push_back({id, std::string(text), now()});
}

void ConversationRecording::happened(const Client::Happening& happening) {
  if (const auto* outcome = std::get_if<Outcome>(&happening)) {
    ended(*outcome);
  } else if (const auto* event = std::get_if<ClientEvent>(&happening)) {
    if (event->kind == ClientEvent::Kind::disconnected) lose();
    if (event->kind == ClientEvent::Kind::reconnected) join(event->count);
  }
  if (lines_.size() >= write_bytes) flush();
}

void ConversationRecording::lose() {
  if (!here_) return;
  if (messages_) script::wait(others_ + 1, lines_);
  messages_ = false;
  script::crash(name_, not_before_last(now()), lines_);
  here_ = false;
}

void ConversationRecording::ended(const Outcome& outcome) {
  const auto place = std::find_if(unanswered_.begin(), unanswered_.end(),
                                  [&outcome](const Sent& sent) { return sent.id == outcome.id; });
  if (place == unanswered_.end()) return;
  write(*place, outcome);
  unanswered_.erase(place);
}

void ConversationRecording::write(const Sent& sent, const Outcome& outcome) {
  const bool failed = outcome.code_name == "HANDLER_FAILED";
  if (!here_ || (outcome.kind != Outcome::Kind::reply && !failed)) {
    const bool unknown = outcome.kind == Outcome::Kind::unknown;
    script::comment(unknown ? "A request is left out: its outcome is unknown."
                            : fmt::format("A request is left out: it was refused ({}).", outcome.code_name),
                    lines_);
    return;
  }
  script::Reply reply;
  if (failed) {
    reply.error = outcome.code_name;
  } else {
    if (bring_to(outcome.count, sent.at)) {
      reply.text = outcome.text;
      reply.count = outcome.count;
    }
  }
  reply.timeout = script::timeout_for(now() - sent.at);
  const std::size_t begin = lines_.size();
  script::send(name_, sent.text, not_before_last(sent.at), reply, lines_);
  if (lines_.size() - begin > script::line_bytes_max) {
    lines_.resize(begin);
    script::comment("A request is left out: its line would be too long.", lines_);
    return;
  }
  messages_ = true;
}

ConversationRecording::~ConversationRecording() {
  if (sessions_ == 0) file_.discard();
}

void ConversationRecording::flush() {
  if (!file_.write(lines_) && !std::exchange(complained_, true)) {
    complain_(file_.problem() + "; the conversation goes on without recording");
  }
  lines_.clear();
}

void ConversationRecording::end() {
  if (here_) {
    for (const Sent& sent : unanswered_) script::send(name_, sent.text, not_before_last(sent.at), lines_);
    if (messages_ || !unanswered_.empty()) script::wait(others_ + 1, lines_);
    script::leave(name_, not_before_last(now()), lines_);
  }
  while (others_ > 0) script::leave(fmt::format("others-{}", others_--), not_before_last(now()), lines_);
  unanswered_.clear();
  here_ = false;
  flush();
}

}  // namespace rollcall::tools
