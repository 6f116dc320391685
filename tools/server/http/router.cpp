#include "server/http/router.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "server/http/api.hpp"
#include "server/http/limits.hpp"
#include "server/http/prometheus_text.hpp"

namespace rollcall::http {
namespace {

constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view metrics_text = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view json_text = "application/json; charset=utf-8";

/// Host without its port: "[::1]:80" is "[::1]".
std::string_view without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return has_port ? host.substr(0, colon) : host;
}

/// An address, or localhost: nobody can make those mean something else.
bool is_local_host(std::string_view host) {
  std::string name(without_port(host));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  in6_addr address{};
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    return inet_pton(AF_INET6, name.substr(1, name.size() - 2).c_str(), &address) == 1;
  }
  return name == "localhost" || inet_pton(AF_INET, name.c_str(), &address) == 1;
}

void check(const Request& request, const Site& site) {
  if (request.target.size() > target_bytes_max) {
    throw Problem{414,
                  "the path and its query are longer than " + std::to_string(target_bytes_max) + " bytes",
                  "ask for less",
                  {}};
  }
  if (request.header_bytes > header_bytes_max) {
    throw Problem{431, "the headers are longer than " + std::to_string(header_bytes_max) + " bytes", "send fewer", {}};
  }
  if (request.method != "GET" && request.method != "HEAD") {
    throw Problem{405, "only GET and HEAD are answered", "nothing can be changed here", {{"Allow", "GET, HEAD"}}};
  }
  if (request.has_body) throw Problem{400, "the request has a body", "send none", {}};
  if (site.local_hosts_only && request.host && !is_local_host(*request.host)) {
    throw Problem{421,
                  "this server is known as localhost, or by an address, and by no other name",
                  "ask for http://localhost:PORT/",
                  {}};
  }
}

Response ready(const View& view, Moment now) {
  Response response{.content_type = plain_text};
  const bool stale = !view.status || now.steady - view.status->taken > status_age_max;
  response.status = !stale && !view.status->draining ? 200 : 503;
  response.body = stale ? "stale\n" : view.status->draining ? "draining\n" : "ready\n";
  return response;
}

const ServerStatus& status_of(const View& view) {
  if (view.status) return *view.status;
  throw Problem{503, "the server has not told yet how it is", "ask again in a second", {{"Retry-After", "1"}}};
}

/// The response to a path of the API; nothing when it needs a newer roster.
std::optional<std::string> api_text(std::string_view path, std::string_view query, const Site& site, const View& view,
                                    Moment now, bool may_wait) {
  if (path == "status") {
    const Query none(query, {});
    return status_json(status_of(view), view.history, site.version, now);
  }
  if (path == "history") {
    const Query none(query, {});
    return history_json(view.history, now);
  }
  if (path == "roster") return roster_json(Query(query, {"after", "limit", "version"}), view.rosters, now, may_wait);
  if (path == "changes") return changes_json(Query(query, {"after"}), status_of(view), view.changes);
  throw Problem{404, "there is nothing at this path", "see /api/v1/status, history, roster and changes", {}};
}

std::optional<Response> route(const Request& request, const Site& site, const View& view, Moment now, bool may_wait) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const std::string_view query = request.target.substr(std::min(path.size() + 1, request.target.size()));
  constexpr std::string_view api = "/api/v1/";
  if (path == "/healthz") return Response{.content_type = plain_text, .body = "ok\n"};
  if (path == "/readyz") return ready(view, now);
  if (path == "/metrics") {
    return Response{.content_type = metrics_text, .body = prometheus_text(status_of(view), site.version, now)};
  }
  if (path.starts_with(api)) {
    auto text = api_text(path.substr(api.size()), query, site, view, now, may_wait);
    if (!text) return std::nullopt;
    return Response{.content_type = json_text, .body = std::move(*text)};
  }
  if (site.find_asset) {
    if (const auto asset = site.find_asset(path)) {
      return Response{.content_type = asset->content_type, .body = {}, .fixed_body = asset->body};
    }
  }
  throw Problem{404, "there is nothing at this path", "see /, /metrics, /healthz, /readyz and /api/v1/status", {}};
}

}  // namespace

std::optional<Response> respond(const Request& request, const Site& site, const View& view, Moment now, bool may_wait) {
  try {
    check(request, site);
    return route(request, site, view, now, may_wait);
  } catch (const Problem& problem) {
    return response_to(problem);
  }
}

Response response_to(const Problem& problem) {
  nlohmann::ordered_json object;
  object["error"] = problem.what;
  object["remedy"] = problem.remedy;
  return {
      .status = problem.status, .content_type = json_text, .body = object.dump() + '\n', .headers = problem.headers};
}

}  // namespace rollcall::http
