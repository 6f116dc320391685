#include "server/http/prometheus_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <utility>
#include <vector>

namespace rollcall::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using std::chrono::microseconds;

/// What the server's many buckets are merged into: enough for a percentile within a factor of about two.
constexpr std::array<microseconds, 16> bounds = {
    microseconds(50),      microseconds(100),      microseconds(250),       microseconds(500),
    microseconds(1'000),   microseconds(2'500),    microseconds(5'000),     microseconds(10'000),
    microseconds(25'000),  microseconds(50'000),   microseconds(100'000),   microseconds(250'000),
    microseconds(500'000), microseconds(1000'000), microseconds(5'000'000), microseconds(30'000'000)};

#ifdef __clang__
constexpr const char* compiler = __VERSION__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

class Families {
 public:
  void gauge(const char* name, const char* help, double value) {
    add(name, help, MetricType::Gauge).metric.emplace_back().gauge.value = value;
  }
  void counter(const char* name, const char* help, std::uint64_t value) {
    add(name, help, MetricType::Counter).metric.emplace_back().counter.value = static_cast<double>(value);
  }
  void counters(const char* name, const char* help, const char* label, const std::vector<Tally>& tallies) {
    if (tallies.empty()) return;
    MetricFamily& family = add(name, help, MetricType::Counter);
    for (const Tally& tally : tallies) {
      ClientMetric& metric = family.metric.emplace_back();
      metric.label = {{label, std::string(tally.name)}};
      metric.counter.value = static_cast<double>(tally.count);
    }
  }
  void histogram(const char* name, const char* help, const Durations& durations) {
    auto& histogram = add(name, help, MetricType::Histogram).metric.emplace_back().histogram;
    histogram.sample_sum = seconds(durations.sum);
    auto bucket = durations.buckets.begin();
    for (const microseconds bound : bounds) {
      for (; bucket != durations.buckets.end() && bucket->up_to <= bound; ++bucket) {
        histogram.sample_count += bucket->count;
      }
      histogram.bucket.push_back({histogram.sample_count, seconds(bound)});
    }
    for (; bucket != durations.buckets.end(); ++bucket) histogram.sample_count += bucket->count;
  }
  void info(const char* name, const char* help, std::vector<ClientMetric::Label> labels) {
    ClientMetric& metric = add(name, help, MetricType::Gauge).metric.emplace_back();
    metric.label = std::move(labels);
    metric.gauge.value = 1;
  }
  [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

 private:
  MetricFamily& add(const char* name, const char* help, MetricType type) {
    return all_.emplace_back(MetricFamily{name, help, type, {}});
  }

  std::vector<MetricFamily> all_;
};

void add_presence(Families& families, const ServerStatus& status) {
  families.gauge("rollcall_clients", "Clients that are connected.", status.count);
  families.gauge("rollcall_clients_max", "Clients that may be connected.", static_cast<double>(status.clients_max));
  families.gauge("rollcall_roster_version", "Joins and leaves since the start.", static_cast<double>(status.version));
  families.counter("rollcall_joins_total", "Clients that came.", status.joins);
  families.counter("rollcall_resumes_total", "Of the joins, those that went on with a session.", status.resumes);
  families.counters("rollcall_leaves_total", "Clients that left, by reason.", "reason", status.leaves);
  families.counters("rollcall_refused_total", "Peers and messages that were turned away, by reason.", "reason",
                    status.refused);
  families.gauge("rollcall_watchers", "Clients that have joins and leaves pushed.",
                 static_cast<double>(status.watchers));
  if (status.presence_drift) {
    families.gauge("rollcall_presence_drift",
                   "How far roster, connections by their events, and the kernel's connections are apart; expected 0.",
                   static_cast<double>(*status.presence_drift));
  }
  families.histogram("rollcall_leave_silence_seconds", "From a lost client's last byte until it left.", status.silence);
}

void add_requests(Families& families, const ServerStatus& status) {
  families.counter("rollcall_requests_total", "Requests that were accepted.", status.requests);
  families.counter("rollcall_replies_total", "Outcomes of accepted requests that were sent.", status.replies);
  families.counters("rollcall_errors_total", "Errors that were sent, by code.", "code", status.errors);
  families.counter("rollcall_replies_repeated_total", "Answers given again to clients that came back.",
                   status.repeated);
  families.counter("rollcall_requests_dropped_total", "Requests whose client left before they were run.",
                   status.dropped);
  families.counter("rollcall_undeliverable_total", "Messages whose client was gone, or had too much to read.",
                   status.undeliverable);
  families.gauge("rollcall_unanswered_requests", "Accepted requests without an outcome.",
                 static_cast<double>(status.unanswered));
  families.gauge("rollcall_unanswered_bytes", "Bytes of those.", static_cast<double>(status.unanswered_bytes));
  families.gauge("rollcall_unanswered_bytes_max", "Bytes of those that are allowed.",
                 static_cast<double>(status.unanswered_bytes_max));
  families.gauge("rollcall_unread_bytes", "Bytes of large answers that clients have not read.",
                 static_cast<double>(status.unread_bytes));
  families.gauge("rollcall_unread_bytes_max", "Bytes of those that are allowed.",
                 static_cast<double>(status.unread_bytes_max));
  families.gauge("rollcall_window_requests", "Unanswered requests that one client may have.", status.window);
  families.counter("rollcall_window_refused_total", "Requests beyond that.", status.window_refused);
  families.histogram("rollcall_reply_seconds", "From a request's acceptance until its outcome was sent.",
                     status.reply_time);
}

void add_workers(Families& families, const ServerStatus& status) {
  families.gauge("rollcall_workers", "Calls of the handler that may run at a time.",
                 static_cast<double>(status.workers));
  families.gauge("rollcall_workers_busy", "Workers that are in the handler.", static_cast<double>(status.workers_busy));
  families.gauge("rollcall_handlers_hung", "Calls of the handler that are over their time.",
                 static_cast<double>(status.handlers_hung));
  families.histogram("rollcall_handler_seconds",
                     "Of a request in the handler; of those that ran in one batch, the mean.", status.handler_time);
}

}  // namespace

std::string prometheus_text(const ServerStatus& status, const std::string& version, Moment now) {
  Families families;
  add_presence(families, status);
  add_requests(families, status);
  add_workers(families, status);
  families.counter("rollcall_log_lines_suppressed_total", "Log lines left out to keep their rate bounded.",
                   status.suppressed);
  families.gauge("rollcall_draining", "1 after SIGTERM.", status.draining ? 1 : 0);
  families.info("rollcall_build_info", "What runs.", {{"version", version}, {"compiler", compiler}});
  families.gauge("rollcall_start_time_seconds", "When the server was made, since the epoch.",
                 seconds(status.started.time_since_epoch()));
  families.gauge("rollcall_status_age_seconds", "How old these figures are.", seconds(now.steady - status.taken));
  return families.text();
}

}  // namespace rollcall::http
