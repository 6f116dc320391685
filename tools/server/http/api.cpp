#include "server/http/api.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/roster_json.hpp"
#include "server/http/limits.hpp"
#include "server/http/message.hpp"

namespace rollcall::http {
namespace {

using Json = nlohmann::ordered_json;
using tools::entry_json;
using tools::unix_ms;

constexpr int api_version = 1;

std::int64_t unix_ms_of(std::chrono::steady_clock::time_point time, Moment now) {
  return unix_ms(now.system - std::chrono::duration_cast<std::chrono::system_clock::duration>(now.steady - time));
}

std::string text_of(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n'; }

Json tallies(const std::vector<Tally>& all, bool with_zeros) {
  Json object = Json::object();
  for (const Tally& tally : all) {
    if (with_zeros || tally.count > 0) object[std::string(tally.name)] = tally.count;
  }
  return object;
}

/// With one decimal: more are noise.
double rounded(double rate) { return std::round(rate * 10) / 10; }

Json p99_us(const History::Point& point) { return point.p99 ? Json(point.p99->count()) : Json(nullptr); }

Json change_json(const RosterChange& change) {
  const bool joined = change.kind == RosterChange::Kind::joined;
  Json object;
  object["version"] = change.version;
  object["kind"] = joined ? "joined" : "left";
  object["reason"] = joined ? Json(nullptr) : Json(change.reason);
  object["session"] = change.session;
  object["name"] = change.name;
  object["address"] = change.address;
  object["count"] = change.count;
  object["unix_ms"] = unix_ms(change.time);
  return object;
}

/// The roster to read from; null when a newer one is needed first.
std::shared_ptr<const ServerRoster> chosen_roster(const Query& query, const Rosters& rosters, Moment now,
                                                  bool may_wait) {
  if (const auto version = query.get("version")) {
    if (auto roster = rosters.of_version(*version, now.steady)) return roster;
    throw Problem{410,
                  "the roster of version " + std::to_string(*version) + " is not kept any more",
                  "begin again, without version",
                  {}};
  }
  if (auto roster = rosters.newest(now.steady, roster_age_fresh)) return roster;
  if (may_wait) return nullptr;
  if (auto roster = rosters.newest(now.steady, roster_age_max)) return roster;
  throw Problem{503, "the server does not get to tell who is here", "ask again in a second", {{"Retry-After", "1"}}};
}

}  // namespace

std::string status_json(const ServerStatus& status, const History& history, const std::string& version, Moment now) {
  Json object;
  object["api"] = api_version;
  object["server"] = version;
  object["state"] = status.draining ? "draining" : "serving";
  object["now_unix_ms"] = unix_ms(now.system);
  object["age_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - status.taken).count();
  object["started_unix_ms"] = unix_ms(status.started);
  object["count"] = status.count;
  object["roster_version"] = status.version;
  object["clients_max"] = status.clients_max;
  object["joins"] = status.joins;
  object["resumes"] = status.resumes;
  object["leaves"] = tallies(status.leaves, true);
  object["refused"] = tallies(status.refused, true);
  object["watchers"] = status.watchers;
  object["requests"] = status.requests;
  object["replies"] = status.replies;
  object["errors"] = tallies(status.errors, false);
  object["undeliverable"] = status.undeliverable;
  object["dropped"] = status.dropped;
  object["unanswered"] = status.unanswered;
  object["workers"] = {{"all", status.workers}, {"busy", status.workers_busy}, {"hung", status.handlers_hung}};
  const History::Point last = history.points().empty() ? History::Point{} : history.points().back();
  object["requests_per_second"] = rounded(last.requests_per_second);
  object["p99_us"] = p99_us(last);
  object["presence_drift"] = status.presence_drift ? Json(*status.presence_drift) : Json(nullptr);
  return text_of(object);
}

std::string history_json(const History& history, Moment now) {
  Json count = Json::array();
  Json rate = Json::array();
  Json p99 = Json::array();
  for (const History::Point& point : history.points()) {
    count.push_back(point.count);
    rate.push_back(rounded(point.requests_per_second));
    p99.push_back(p99_us(point));
  }
  Json object;
  object["api"] = api_version;
  object["step_ms"] = std::chrono::milliseconds(History::step).count();
  object["last_unix_ms"] = history.points().empty() ? unix_ms(now.system) : unix_ms_of(history.end(), now);
  object["count"] = std::move(count);
  object["requests_per_second"] = std::move(rate);
  object["p99_us"] = std::move(p99);
  return text_of(object);
}

std::optional<std::string> roster_json(const Query& query, const Rosters& rosters, Moment now, bool may_wait) {
  const std::uint64_t limit = query.get("limit").value_or(roster_page_default);
  if (limit < 1 || limit > roster_page_max) {
    throw Problem{400,
                  "limit: " + std::to_string(limit) + " is out of range",
                  "give 1 to " + std::to_string(roster_page_max),
                  {}};
  }
  const auto roster = chosen_roster(query, rosters, now, may_wait);
  if (!roster) return std::nullopt;
  const auto& entries = roster->entries;
  auto entry = entries.begin();
  if (const auto after = query.get("after")) {
    entry = std::upper_bound(entries.begin(), entries.end(), *after,
                             [](std::uint64_t session, const RosterEntry& one) { return session < one.session; });
  }
  Json clients = Json::array();
  for (; entry != entries.end() && clients.size() < limit; ++entry) clients.push_back(entry_json(*entry));
  Json object;
  object["api"] = api_version;
  object["roster_version"] = roster->version;
  object["count"] = entries.size();
  object["next"] = entry == entries.end() ? Json(nullptr) : Json(std::prev(entry)->session);
  object["clients"] = std::move(clients);
  return text_of(object);
}

std::string changes_json(const Query& query, const ServerStatus& status, const ChangeLog& changes) {
  const auto after = query.get("after");
  const ChangeLog::Part part =
      after ? changes.after(*after, changes_per_response_max) : changes.latest(changes_without_after);
  Json list = Json::array();
  for (const RosterChange* change : part.changes) list.push_back(change_json(*change));
  Json object;
  object["api"] = api_version;
  object["roster_version"] = status.version;
  object["count"] = status.count;
  object["reset"] = part.reset;
  object["changes"] = std::move(list);
  return text_of(object);
}

}  // namespace rollcall::http
