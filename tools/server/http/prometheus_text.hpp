// The text of /metrics (proto/HTTP.md), written by prometheus-cpp. Any thread.
#pragma once

#include <string>

#include "rollcall/status.hpp"
#include "server/http/view.hpp"

namespace rollcall::http {

[[nodiscard]] std::string prometheus_text(const ServerStatus& status, const std::string& version, Moment now);

}  // namespace rollcall::http
