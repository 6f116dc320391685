#include "server/http/router.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/samples.hpp"
#include "server/http/limits.hpp"

namespace rollcall::http {
namespace {

class Router : public testing::Test {
 protected:
  Router() {
    site.version = "9.8.7";
    site.find_asset = [](std::string_view path) -> std::optional<Asset> {
      if (path == "/") return Asset{"text/html; charset=utf-8", "<html>"};
      return std::nullopt;
    };
    view.add(shared(status_at(milliseconds(0), 2, 5)));
  }
  Response ask(Request request) { return respond(request, site, view, now, false).value(); }
  Response get(std::string_view target) { return ask({.method = "GET", .target = target, .host = "localhost:80"}); }
  void expect_problem(Request request, int status, std::string_view words) {
    const Response response = ask(request);
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
    const auto body = nlohmann::json::parse(response.body);
    EXPECT_NE(body["error"].get<std::string>().find(words), std::string::npos) << response.body;
    EXPECT_FALSE(body["remedy"].get<std::string>().empty());
  }
  int status_with_host(std::string_view host) {
    return ask({.method = "GET", .target = "/healthz", .host = host}).status;
  }

  Site site;
  View view;
  Moment now = moment_at(milliseconds(100));
};

TEST_F(Router, Health) {
  EXPECT_EQ(get("/healthz").body, "ok\n");
  EXPECT_EQ(get("/healthz?x").status, 200);
  view = View();
  EXPECT_EQ(get("/healthz").body, "ok\n");
}

TEST_F(Router, Readiness) {
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_EQ(get("/readyz").body, "ready\n");
  now = moment_at(milliseconds(2001));
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body, "stale\n");
  now = moment_at(milliseconds(2000));
  EXPECT_EQ(get("/readyz").status, 200);
  ServerStatus draining = status_at(milliseconds(1900));
  draining.draining = true;
  view.add(shared(draining));
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body, "draining\n");
  view = View();
  EXPECT_EQ(get("/readyz").body, "stale\n");
}

TEST_F(Router, PathsThatAreThere) {
  EXPECT_EQ(get("/").fixed_body, "<html>");
  EXPECT_EQ(get("/?x=1").fixed_body, "<html>");
  EXPECT_EQ(get("/metrics").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(get("/metrics").body.find("\nrollcall_clients 2\n"), std::string::npos);
  for (const char* path : {"status", "history", "changes"}) {
    const Response response = get(std::string("/api/v1/") + path);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(nlohmann::json::parse(response.body)["api"], 1);
  }
}

TEST_F(Router, PathsThatAreNot) {
  for (const char* target : {"", "/x", "//", "/metrics/", "/metrics/..", "/../etc/passwd", "/%2e%2e/etc/passwd",
                             "/%6detrics", "/METRICS", "*", "http://localhost/metrics", "/api/v1", "/api/v1/",
                             "/api/v1/status/", "/api/v2/status", "/api/v1/../v1/status", "/\xff\xfe", "/ /", "/.."}) {
    expect_problem({.method = "GET", .target = target}, 404, "nothing at this path");
  }
}

TEST_F(Router, Methods) {
  EXPECT_EQ(ask({.method = "HEAD", .target = "/healthz"}).status, 200);
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", "GETX", ""}) {
    expect_problem({.method = method, .target = "/healthz"}, 405, "GET and HEAD");
    const Response response = ask({.method = method, .target = "/healthz"});
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].first, "Allow");
    EXPECT_EQ(response.headers[0].second, "GET, HEAD");
  }
}

TEST_F(Router, Bounds) {
  const std::string longest = "/?" + std::string(target_bytes_max - 2, 'x');
  EXPECT_EQ(get(longest).status, 200);
  expect_problem({.method = "GET", .target = longest + "x"}, 414, "2048 bytes");
  EXPECT_EQ(ask({.method = "GET", .target = "/", .host = {}, .header_bytes = header_bytes_max}).status, 200);
  expect_problem({.method = "GET", .target = "/", .host = {}, .header_bytes = header_bytes_max + 1}, 431, "8192");
  expect_problem({.method = "GET", .target = "/", .host = {}, .header_bytes = 0, .has_body = true}, 400, "body");
}

TEST_F(Router, OnlyThisMachinesNamesAreAnswered) {
  for (const char* host :
       {"localhost", "LocalHost:8090", "127.0.0.1", "127.0.0.1:8090", "[::1]", "[::1]:8090", "192.168.0.7:80"}) {
    EXPECT_EQ(status_with_host(host), 200) << host;
  }
  for (const char* host : {"evil.example", "evil.example:8090", "localhost.evil.example", "127.0.0.1.evil.example", "",
                           ":80", "::1", "[evil]:80", "[]", "localhost:80:80", "127.0.0.1 evil", "0x7f.1"}) {
    EXPECT_EQ(status_with_host(host), 421) << host;
  }
  EXPECT_EQ(ask({.method = "GET", .target = "/healthz"}).status, 200) << "HTTP/1.0 has no Host";
  site.local_hosts_only = false;
  EXPECT_EQ(status_with_host("server.example"), 200);
}

TEST_F(Router, Queries) {
  const auto expect_bad = [&](std::string_view target, std::string_view words) {
    expect_problem({.method = "GET", .target = target}, 400, words);
  };
  expect_bad("/api/v1/status?x", "'x' is not a parameter");
  expect_bad("/api/v1/history?after=1", "'after' is not a parameter");
  expect_bad("/api/v1/changes?limit=1", "'limit' is not a parameter");
  expect_bad("/api/v1/changes?after=", "'' is not a whole number");
  expect_bad("/api/v1/changes?after", "'' is not a whole number");
  expect_bad("/api/v1/changes?after=-1", "'-1' is not a whole number");
  expect_bad("/api/v1/changes?after=1.5", "whole number");
  expect_bad("/api/v1/changes?after=+1", "whole number");
  expect_bad("/api/v1/changes?after=18446744073709551616", "whole number");
  expect_bad("/api/v1/changes?after=1&after=1", "twice");
  expect_bad("/api/v1/changes?after=1&&", "'' is not a parameter");
  expect_bad("/api/v1/changes?\x1b[2J", "'\\u{1B}[2J' is not a parameter");
  expect_bad("/api/v1/roster?limit=0", "limit: 0");
  expect_bad("/api/v1/roster?limit=2001", "limit: 2001");
  EXPECT_EQ(get("/api/v1/changes?").status, 200);
  EXPECT_EQ(get("/api/v1/changes?after=0&").status, 200);
}

TEST_F(Router, BeforeTheFirstStatusThereIsNothingToTell) {
  view = View();
  for (const char* target : {"/metrics", "/api/v1/status", "/api/v1/changes", "/api/v1/roster"}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 503) << target;
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].first, "Retry-After");
  }
  EXPECT_EQ(nlohmann::json::parse(get("/api/v1/history").body)["count"].size(), 0U);
}

}  // namespace
}  // namespace rollcall::http
