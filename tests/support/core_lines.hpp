// What the core sends and tells, each as one line of text, so that a test can say what it expects:
//   WELCOME count=1 version=1      REPLY 7 count=1 version=1: body    ERROR 13 BUSY id=7     CLOSING 2 grace=500
//   TEXT body (plain mode)         [] WELCOME ... (sent with a delimiter)
//   ROSTER count=2 version=2 next=0: 1 ana, 2 ben (PUSHED before it, to a watcher)
//   EVENT joined 2 ben count=2 version=2     EVENT left 2 ben goodbye count=1 version=3     EVENT reset count=1
//   version=3 joined ana count=1 version=1   left ana disconnected count=0 version=2                   message ana:
//   body hung total=2                   hung total=65 missing=1 refused bad_message total=1    suppressed message 3
//   suppressed refused bad_message 3
// and what it says for a recording:
//   joined ana count=1             left ana goodbye count=0           request 1 count=2: body     settled 1
//   reply 1 count=2: body          failed 1                           taken back 1                refused BUSY
//   failed 1 HANDLER_TIMEOUT (other errors than HANDLER_FAILED)
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/events.hpp"
#include "wire/codec.hpp"

namespace rollcall::test {

template <typename Number>
std::string with(std::string_view label, Number value) {
  return " " + std::string(label) + "=" + std::to_string(value);
}

inline std::string line_of(const wire::Fault& m) {
  return "NOT A MESSAGE (" + std::string(wire::error_name(m.code)) + "): " + std::string(m.what);
}
inline std::string line_of(const wire::Plain& m) { return "TEXT " + std::string(m.text); }
inline std::string line_of(const wire::Welcome& m) {
  return std::string(m.resumed ? "RESUMED " : "") + "WELCOME" + with("count", m.count) + with("version", m.version);
}
inline std::string line_of(const wire::Reply& m) {
  return "REPLY " + std::to_string(m.id) + with("count", m.count) + with("version", m.version) + ": " +
         std::string(m.body);
}
inline std::string line_of(const wire::Roster& m) {
  std::string line = std::string(m.pushed ? "PUSHED " : "") + "ROSTER" + with("count", m.count) +
                     with("version", m.version) + with("next", m.next) + ":";
  std::string_view separator = " ";
  m.entries.for_each([&](const wire::RosterEntry& entry) {
    line += std::string(separator) + std::to_string(entry.session) + " " + std::string(entry.name);
    separator = ", ";
  });
  return line;
}
inline std::string line_of(const wire::Event& m) {
  const std::string roster = with("count", m.count) + with("version", m.version);
  if (m.kind == wire::EventKind::reset) return "EVENT reset" + roster;
  const std::string who = std::to_string(m.session) + " " + std::string(m.name);
  if (m.kind == wire::EventKind::joined) return "EVENT joined " + who + roster;
  return "EVENT left " + who + " " + std::string(core::leave_reason_name(m.reason)) + roster;
}
inline std::string line_of(const wire::Error& m) {
  const auto code = static_cast<std::uint16_t>(m.code);
  return "ERROR " + std::to_string(code) + " " + std::string(wire::error_name(m.code)) + with("id", m.id);
}
inline std::string line_of(const wire::Closing& m) {
  return "CLOSING " + std::to_string(static_cast<unsigned>(m.reason)) + with("grace", m.grace_ms);
}

/// The line of a part that a server sent. The text of a plain error is left out, as an ERROR's is: it is for people.
inline std::string line_of_part(std::string_view part) {
  const auto message = wire::decode_server_message(part);
  std::string line = std::visit([](const auto& each) { return line_of(each); }, message);
  if (line.starts_with("TEXT ERROR ")) line.resize(line.find(':'));
  return line;
}

inline std::string line_of(const core::Notice& n) {
  using Kind = core::Notice::Kind;
  const std::string name(n.name);
  const std::string refusal(core::refusal_name(n.refusal));
  const std::string roster = with("count", n.count) + with("version", n.version);
  switch (n.kind) {
    case Kind::joined:
      return "joined " + name + roster;
    case Kind::left:
      return "left " + name + " " + std::string(core::leave_reason_name(n.reason)) + roster;
    case Kind::message:
      return "message " + name + ": " + std::string(n.text);
    case Kind::refused:
      return "refused " + refusal + with("total", n.total);
    case Kind::reloaded:
      return "reloaded" + with("total", n.total);
    case Kind::drifted:
      return "drifted" + with("drift", n.drift);
    case Kind::hung:
      return "hung" + with("total", n.total) + (n.count > 0 ? with("missing", n.count) : "");
    case Kind::draining:
      return "draining" + with("count", n.count) + with("total", n.total);
    case Kind::suppressed:
      break;
  }
  const std::string total = " " + std::to_string(n.total);
  if (n.suppressed_kind == Kind::refused) return "suppressed refused " + refusal + total;
  if (n.suppressed_kind == Kind::hung) return "suppressed hung" + total;
  return (n.suppressed_kind == Kind::message ? "suppressed message" : "suppressed presence") + total;
}

/// A line for each join, leave, refusal, or job; jobs by the number of their dispatch.
inline std::vector<std::string> lines_of(const core::Record& r) {
  using Kind = core::Record::Kind;
  const auto of_jobs = [&r](const std::string& what, bool with_body) {
    std::vector<std::string> lines;
    for (const core::Job& job : r.jobs) {
      lines.push_back(what + " " + std::to_string(job.dispatch) +
                      (with_body ? with("count", job.count) + ": " + job.body : ""));
    }
    return lines;
  };
  switch (r.kind) {
    case Kind::joined:
      return {"joined " + std::string(r.name) + with("count", r.count)};
    case Kind::left:
      return {"left " + std::string(r.name) + " " + std::string(core::leave_reason_name(r.reason)) +
              with("count", r.count)};
    case Kind::dispatched:
      return of_jobs("request", true);
    case Kind::settled:
      return of_jobs("settled", false);
    case Kind::taken_back:
      return of_jobs("taken back", false);
    case Kind::refused:
      return {"refused " + std::string(wire::error_name(r.code))};
    case Kind::answered:
      break;
  }
  std::vector<std::string> lines;
  for (const core::Job* job : r.answers) {
    const bool timeout = job->failed && r.code != wire::ErrorCode::handler_failed;
    lines.push_back((job->failed ? "failed " : "reply ") + std::to_string(job->dispatch) +
                    (timeout ? " " + std::string(wire::error_name(r.code)) : "") +
                    (job->failed ? "" : with("count", job->count) + ": " + std::string(core::answer_of(*job))));
  }
  return lines;
}

}  // namespace rollcall::test
