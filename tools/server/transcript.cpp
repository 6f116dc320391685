#include "server/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace rollcall::tools {
namespace {

// Held text whose turn has come is cleared away when it is this much.
constexpr std::size_t held_waste_max = std::size_t{1} << 20U;

}  // namespace

Transcript::Transcript(std::string_view title) {
  script::header(title, lines_);
  script::comment("c1, c2 ... are the clients in the order in which they came.", lines_);
}

void Transcript::take(const RecordedStep& step, bool text_left_out) {
  using Kind = RecordedStep::Kind;
  if (step.kind != Kind::refused) tell_refused();
  switch (step.kind) {
    case Kind::joined:
      joined(step);
      break;
    case Kind::left:
      left(step);
      break;
    case Kind::request:
      request(step);
      break;
    case Kind::settled:
      settled(step);
      break;
    case Kind::taken_back:
      taken_back(step);
      break;
    case Kind::reply:
    case Kind::failed:
      answered(step, text_left_out);
      break;
    case Kind::refused:
      refused(step);
      break;
  }
  release();
}

script::Offset Transcript::offset(std::chrono::nanoseconds time) {
  if (start_.count() < 0) start_ = time;
  now_ = std::max(now_, time);
  return now_ - start_;
}

void Transcript::wait_for_messages(std::uint32_t count) {
  if (messages_) script::wait(count, held_text_);
  messages_ = false;
  presence_ = true;
}

void Transcript::joined(const RecordedStep& step) {
  const std::size_t begin = held_text_.size();
  wait_for_messages(step.count - 1);
  Client& client = clients_[step.client];
  client.number = ++totals_.clients;
  client.name = fmt::format("c{}", client.number);
  script::join(client.name, step.name, offset(step.time), held_text_);
  count_ = step.count;
  hold(begin, false);
}

void Transcript::left(const RecordedStep& step) {
  const auto found = clients_.find(step.client);
  if (found == clients_.end()) return;
  // What it asked stays, and nobody hears the answers.
  for (const Request& request : found->second.unanswered) close_line(request.line, false);
  const std::size_t begin = held_text_.size();
  wait_for_messages(step.count + 1);
  const bool goodbye = step.reason == "goodbye" || step.reason == "drained";
  const std::string& name = found->second.name;
  goodbye ? script::leave(name, offset(step.time), held_text_) : script::crash(name, offset(step.time), held_text_);
  count_ = step.count;
  clients_.erase(found);
  hold(begin, false);
}

void Transcript::request(const RecordedStep& step) {
  const auto found = clients_.find(step.client);
  if (found == clients_.end()) return;
  if (presence_) {
    const std::size_t begin = held_text_.size();
    script::wait(count_, held_text_);
    hold(begin, false);  // by itself: it stays when the request is taken back
    presence_ = false;
  }
  const std::size_t begin = held_text_.size();
  script::send(found->second.name, step.text, offset(step.time), held_text_);
  if (held_text_.size() - begin > script::line_bytes_max) {
    held_text_.resize(begin);
    return left_out(1);
  }
  messages_ = true;
  ++totals_.requests;
  found->second.unanswered.push_back({step.request, released_ + held_.size(), step.time});
  hold(begin, true);
}

void Transcript::settled(const RecordedStep& step) {
  const auto found = clients_.find(step.client);
  if (found == clients_.end()) return;
  for (const Request& request : found->second.unanswered) {
    if (request.number == step.request) return close_line(request.line, false);
  }
}

void Transcript::taken_back(const RecordedStep& step) {
  const auto found = clients_.find(step.client);
  if (found == clients_.end()) return;
  auto& unanswered = found->second.unanswered;
  const auto request = std::find_if(unanswered.begin(), unanswered.end(),
                                    [&step](const Request& each) { return each.number == step.request; });
  if (request == unanswered.end()) return;
  if (request->line < released_) {  // too late to drop it: any reply will do
    const std::size_t begin = held_text_.size();
    script::expect(found->second.name, {}, held_text_);
    hold(begin, false);
  }
  close_line(request->line, true);
  unanswered.erase(request);
  --totals_.requests;
}

void Transcript::answered(const RecordedStep& step, bool text_left_out) {
  const auto found = clients_.find(step.client);
  if (found == clients_.end()) return;
  auto& unanswered = found->second.unanswered;
  if (unanswered.empty() || unanswered.front().number != step.request) return;  // the request was left out
  const Request request = unanswered.front();
  unanswered.pop_front();
  close_line(request.line, false);
  script::Reply reply;
  if (step.kind == RecordedStep::Kind::failed) {
    reply.error = step.reason;
  } else {
    reply.count = step.count;
    if (!text_left_out) reply.text = step.text;
  }
  reply.timeout = script::timeout_for(step.time - request.time);
  const std::size_t begin = held_text_.size();
  script::expect(found->second.name, reply, held_text_);
  if (held_text_.size() - begin > script::line_bytes_max) {
    held_text_.resize(begin);
    reply.text.reset();
    text_left_out = true;
    script::expect(found->second.name, reply, held_text_);
  }
  if (text_left_out && !reply.error) ++totals_.texts_left_out;
  hold(begin, false);
}

void Transcript::refused(const RecordedStep& step) {
  if (step.client != refused_client_ || step.reason != refused_reason_) tell_refused();
  refused_client_ = step.client;
  refused_reason_ = step.reason;
  ++refused_;
}

void Transcript::tell_refused() {
  if (refused_ == 0) return;
  const std::size_t begin = held_text_.size();
  const auto found = clients_.find(refused_client_);
  script::comment(
      fmt::format("{}: {} message{} of {} {} refused, and not run.", refused_reason_, refused_,
                  refused_ == 1 ? "" : "s", found == clients_.end() ? "somebody who is not here" : found->second.name,
                  refused_ == 1 ? "was" : "were"),
      held_text_);
  refused_ = 0;
  hold(begin, false);
}

void Transcript::left_out(std::uint64_t requests) {
  totals_.left_out += requests;
  const std::size_t begin = held_text_.size();
  script::comment(
      fmt::format("{} request{} left out here, with the answers.", requests, requests == 1 ? " is" : "s are"),
      held_text_);
  hold(begin, false);
  release();
}

void Transcript::end(bool ends_early) {
  tell_refused();
  std::vector<std::pair<std::uint64_t, std::string>> here;
  for (const auto& [id, client] : clients_) {
    for (const Request& request : client.unanswered) close_line(request.line, false);
    here.emplace_back(client.number, client.name);
  }
  std::sort(here.begin(), here.end());
  const std::size_t begin = held_text_.size();
  if (ends_early) script::comment("The recording ends here, before the server did.", held_text_);
  if (!here.empty()) wait_for_messages(count_);
  for (const auto& [number, name] : here) script::leave(name, offset(now_), held_text_);
  script::comment(
      fmt::format("The end: {} clients, {} requests; {} requests and the texts of {} more replies left out.",
                  totals_.clients, totals_.requests, totals_.left_out, totals_.texts_left_out),
      held_text_);
  hold(begin, false);
  clients_.clear();
  release();
}

void Transcript::close_line(std::uint64_t line, bool dropped) {
  if (line < released_) return;
  Held& held = held_[static_cast<std::size_t>(line - released_)];
  held.open = false;
  held.dropped = dropped;
}

void Transcript::hold(std::size_t begin, bool open) { held_.push_back({held_text_.size() - begin, open, false}); }

void Transcript::release() {
  for (; !held_.empty() && !held_.front().open; held_.pop_front(), ++released_) {
    const Held& held = held_.front();
    if (!held.dropped) lines_.append(held_text_, held_begin_, held.size);
    held_begin_ += held.size;
  }
  if (held_.empty()) {
    held_text_.clear();
    held_begin_ = 0;
  } else if (held_begin_ > held_waste_max && held_begin_ > held_text_.size() / 2) {
    held_text_.erase(0, held_begin_);
    held_begin_ = 0;
  }
}

}  // namespace rollcall::tools
