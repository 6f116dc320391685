// The texts of /api/v1 (proto/HTTP.md), of plain values. Any thread.
#pragma once

#include <optional>
#include <string>

#include "rollcall/status.hpp"
#include "server/http/query.hpp"
#include "server/http/view.hpp"

namespace rollcall::http {

[[nodiscard]] std::string status_json(const ServerStatus& status, const History& history, const std::string& version,
                                      Moment now);
[[nodiscard]] std::string history_json(const History& history, Moment now);
/// Nothing when a newer roster is needed for it, which happens only where `may_wait`. Throws Problem.
[[nodiscard]] std::optional<std::string> roster_json(const Query& query, const Rosters& rosters, Moment now,
                                                     bool may_wait);
[[nodiscard]] std::string changes_json(const Query& query, const ServerStatus& status, const ChangeLog& changes);

}  // namespace rollcall::http
