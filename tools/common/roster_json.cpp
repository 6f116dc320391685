#include "common/roster_json.hpp"

namespace rollcall::tools {

std::int64_t unix_ms(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

nlohmann::ordered_json entry_json(const RosterEntry& entry) {
  nlohmann::ordered_json object;
  object["session"] = entry.session;
  object["name"] = entry.name;
  object["address"] = entry.address;
  object["since_unix_ms"] = unix_ms(entry.since);
  object["requests"] = entry.requests;
  object["idle_ms"] = entry.idle.count();
  return object;
}

}  // namespace rollcall::tools
