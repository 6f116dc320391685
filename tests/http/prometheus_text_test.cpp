#include "server/http/prometheus_text.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "http/samples.hpp"

namespace rollcall::http {
namespace {

std::string text_of(const ServerStatus& status) { return prometheus_text(status, "0.1.0", moment_at(seconds(3))); }

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(PrometheusText, Figures) {
  ServerStatus status = status_at(milliseconds(1500), 12, 345);
  status.leaves = {{"goodbye", 30}, {"timed_out", 0}};
  status.errors = {{"BUSY", 4}};
  status.presence_drift = -2;
  status.window = 256;
  const std::string text = text_of(status);
  for (const char* line :
       {"# TYPE rollcall_clients gauge", "rollcall_clients 12", "# TYPE rollcall_requests_total counter",
        "rollcall_requests_total 345", R"(rollcall_leaves_total{reason="goodbye"} 30)",
        R"(rollcall_leaves_total{reason="timed_out"} 0)", R"(rollcall_errors_total{code="BUSY"} 4)",
        "rollcall_presence_drift -2", "rollcall_window_requests 256", "rollcall_draining 0",
        "rollcall_start_time_seconds 1000000", "rollcall_status_age_seconds 1.5"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
  EXPECT_NE(text.find(R"(rollcall_build_info{version="0.1.0",compiler=")"), std::string::npos);
}

TEST(PrometheusText, WhatIsNotKnownIsLeftOut) {
  EXPECT_EQ(text_of(status_at(milliseconds(0))).find("rollcall_presence_drift"), std::string::npos);
}

TEST(PrometheusText, BucketsAreMerged) {
  ServerStatus status = status_at(milliseconds(0));
  status.reply_time = {};
  // The server's buckets are finer than these, and need not end where these do.
  const std::chrono::microseconds bounds[] = {std::chrono::microseconds(40), std::chrono::microseconds(50),
                                              std::chrono::microseconds(60), std::chrono::microseconds(999),
                                              std::chrono::microseconds(1001)};
  for (const auto bound : bounds) status.reply_time.buckets.push_back({bound, 1});
  status.reply_time.buckets.push_back({nanoseconds::max(), 1});
  status.reply_time.count = 6;
  status.reply_time.sum = milliseconds(2500);
  const std::string text = text_of(status);
  for (const char* line :
       {"# TYPE rollcall_reply_seconds histogram", R"(rollcall_reply_seconds_bucket{le="5e-05"} 2)",
        R"(rollcall_reply_seconds_bucket{le="0.0001"} 3)", R"(rollcall_reply_seconds_bucket{le="0.001"} 4)",
        R"(rollcall_reply_seconds_bucket{le="0.0025"} 5)", R"(rollcall_reply_seconds_bucket{le="30"} 5)",
        R"(rollcall_reply_seconds_bucket{le="+Inf"} 6)", "rollcall_reply_seconds_count 6",
        "rollcall_reply_seconds_sum 2.5"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

TEST(PrometheusText, EveryFamilyHasHelpAndType) {
  std::istringstream lines(text_of(status_at(milliseconds(0))));
  std::string line;
  std::string last;
  int families = 0;
  while (std::getline(lines, line)) {
    if (line.starts_with("# TYPE ")) {
      ++families;
      const std::string name = line.substr(7, line.rfind(' ') - 7);
      EXPECT_TRUE(name.starts_with("rollcall_")) << line;
      EXPECT_TRUE(last.starts_with("# HELP " + name + " ")) << line;
    }
    last = line;
  }
  EXPECT_GE(families, 25);
}

}  // namespace
}  // namespace rollcall::http
