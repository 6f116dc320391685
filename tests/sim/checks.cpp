#include "sim/checks.hpp"

#include <algorithm>
#include <string>

#include "sim/trace.hpp"
#include "wire/codec.hpp"

namespace rollcall::sim {
namespace {

void compare_plain(const ExpectedSend& expected, std::string_view part) {
  if (expected.type == wire::Type::reply) {
    require(part == expected.body, "a plain reply is the handler's answer to that client's request");
    return;
  }
  const std::string start = "ERROR " + std::to_string(static_cast<unsigned>(expected.code)) + " " +
                            std::string(wire::error_name(expected.code)) + ": ";
  if (part.starts_with(start)) return;
  throw Broken("a plain error is `" + start + "...`, not `" + std::string(part.substr(0, 60)) + "`");
}

struct CompareBinary {
  const ExpectedSend& expected;
  const core::Limits& limits;
  std::chrono::milliseconds liveness;

  void operator()(const wire::Welcome& welcome) const {
    require(expected.type == wire::Type::welcome, "a WELCOME that nobody asked for");
    require(welcome.count == expected.count && welcome.version == expected.version,
            "a WELCOME has the roster's count and version");
    require(welcome.token == expected.token, "a WELCOME has the session's token");
    require(welcome.resumed == expected.resumed, "a WELCOME tells whether the session goes on");
    require(welcome.window == limits.window && welcome.max_message_bytes == limits.message_bytes_max &&
                welcome.liveness_ms == liveness.count(),
            "a WELCOME tells the limits");
  }
  void operator()(const wire::Reply& reply) const {
    require(expected.type == wire::Type::reply, "a REPLY where none is due");
    require(reply.id == expected.id, "replies come in the order of the requests");
    require(reply.body == expected.body, "a REPLY is the handler's answer to that client's request");
    require(reply.count == expected.count && reply.version == expected.version,
            "a REPLY has the count and version of its dispatch");
  }
  void operator()(const wire::Error& error) const {
    if (expected.type == wire::Type::error && error.id == expected.id && error.code == expected.code) return;
    throw Broken("ERROR " + std::to_string(static_cast<unsigned>(error.code)) + " with id " + std::to_string(error.id) +
                 " where type " + std::to_string(static_cast<unsigned>(expected.type)) + " code " +
                 std::to_string(static_cast<unsigned>(expected.code)) + " id " + std::to_string(expected.id) +
                 " is due");
  }
  void operator()(const wire::Closing& closing) const {
    require(expected.type == wire::Type::closing && closing.reason == expected.reason &&
                closing.grace_ms == expected.grace_ms,
            "CLOSING says why and when");
  }
  template <typename Other>
  void operator()(const Other&) const {
    throw Broken("the core sends only what section 5 lets this version send");
  }
};

void compare(const ExpectedSend& expected, const core::Send& actual, const core::Limits& limits,
             std::chrono::milliseconds liveness) {
  require(expected.routing_id == actual.routing_id, "what is sent goes to the client that it is for");
  require(expected.delimited == actual.delimited, "a delimiter is given back, and only then");
  if (expected.plain) {
    compare_plain(expected, actual.part);
    return;
  }
  if (expected.type == wire::Type::roster) {
    require(actual.part == expected.body, "a ROSTER query is answered with that page, as it is now");
    return;
  }
  std::visit(CompareBinary{expected, limits, liveness}, wire::decode_server_message(actual.part));
}

bool same(const ExpectedNotice& expected, const core::Notice& actual) {
  using Kind = core::Notice::Kind;
  if (expected.kind != actual.kind) return false;
  if (expected.kind == Kind::refused) return expected.refusal == actual.refusal && expected.total == actual.total;
  if (expected.kind == Kind::hung) return expected.total == actual.total && expected.count == actual.count;
  if (expected.kind == Kind::draining) return expected.total == actual.total && expected.count == actual.count;
  const bool any = expected.conn == nobody;
  if (actual.address == nullptr || (!any && *actual.address != address_of(expected.conn))) return false;
  if (!any && actual.name != expected.name) return false;
  if (expected.kind == Kind::message) return actual.text == expected.text;
  return actual.resumed == expected.resumed && actual.count == expected.count && actual.version == expected.version &&
         actual.reason == expected.reason;
}

std::uint32_t per_second(core::Notice::Kind kind) {
  if (kind == core::Notice::Kind::message) return core::message_notices_per_second;
  if (kind == core::Notice::Kind::hung) return core::hung_notices_per_second;
  return kind == core::Notice::Kind::refused ? core::refusal_notices_per_second : core::presence_notices_per_second;
}

}  // namespace

void compare_sends(std::vector<ExpectedSend> expected, std::vector<core::Send> actual, const core::Limits& limits,
                   std::chrono::milliseconds liveness) {
  const auto by_client = [](const auto& left, const auto& right) { return left.routing_id < right.routing_id; };
  std::stable_sort(expected.begin(), expected.end(), by_client);
  std::stable_sort(actual.begin(), actual.end(), by_client);
  for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    compare(expected[i], actual[i], limits, liveness);
  }
  require(actual.size() <= expected.size(), "nothing is sent that is not due");
  require(actual.size() >= expected.size(), "everything that is due is sent");
}

NoticeChecks::Budget& NoticeChecks::budget(core::Notice::Kind kind, core::Refusal refusal) {
  if (kind == core::Notice::Kind::message) return budgets_[0];
  if (kind == core::Notice::Kind::hung) return budgets_[2];
  if (kind != core::Notice::Kind::refused) return budgets_[1];
  return budgets_[3 + static_cast<std::size_t>(refusal)];
}

void NoticeChecks::compare(const std::vector<ExpectedNotice>& expected, const std::vector<core::Notice>& actual,
                           core::Time now) {
  constexpr std::chrono::seconds second{1};
  auto next = actual.begin();
  for (const ExpectedNotice& each : expected) {
    if (each.kind == core::Notice::Kind::draining) {  // once, and always
      require(next != actual.end() && same(each, *next), "the beginning of a drain is told");
      ++next;
      continue;
    }
    Budget& budget = this->budget(each.kind, each.refusal);
    while (!budget.told.empty() && now - budget.told.front() >= second) budget.told.pop_front();
    if (next != actual.end() && same(each, *next)) {
      ++next;
      budget.told.push_back(now);
      // Seconds follow each other, so that any one second may touch two of them.
      require(budget.told.size() <= std::size_t{2} * per_second(each.kind), "notices are bounded in every second");
      continue;
    }
    require(budget.left_out > 0 || budget.told.size() >= per_second(each.kind),
            "a notice is told, and tells what happened, as long as its second has room");
    if (budget.left_out++ == 0) budget.due = budget.told[budget.told.size() - per_second(each.kind)] + second;
  }
  require(next == actual.end(), "a notice tells what happened, with the right count, and in order");
}

void NoticeChecks::suppressed(const core::Notice& notice) {
  Budget& budget = this->budget(notice.suppressed_kind, notice.refusal);
  require(notice.total == budget.left_out && notice.total > 0, "what was left out is counted");
  budget.left_out = 0;
}

std::optional<core::Time> NoticeChecks::due() const {
  std::optional<core::Time> earliest;
  for (const Budget& budget : budgets_) {
    if (budget.left_out > 0 && (!earliest || budget.due < *earliest)) earliest = budget.due;
  }
  return earliest;
}

void NoticeChecks::all_told() const {
  for (const Budget& budget : budgets_) require(budget.left_out == 0, "the end tells of all that was left out");
}

}  // namespace rollcall::sim
