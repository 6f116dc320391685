#include "replay/example_run.hpp"

#include <cmath>

namespace rollcall::replay::test {

namespace {

constexpr std::uint64_t us = 1000;

/// `replies` latencies around `median_us`, with a tail; without chance.
void add_latencies(Sample& sample, std::uint64_t replies, double median_us, double wait_us) {
  for (std::uint64_t i = 0; i < replies; ++i) {
    const double rank = (static_cast<double>(i) + 0.5) / static_cast<double>(replies);
    const double service_us = median_us * std::pow(1 / (1 - rank), 0.35) * 0.8;
    sample.service_time.add(static_cast<std::uint64_t>(service_us) * us);
    sample.latency.add(static_cast<std::uint64_t>(service_us + wait_us * rank) * us);
  }
  sample.replies = replies;
}

Sample example_second(int second) {
  Sample sample;
  const bool slow = second == 41 || second == 42;
  sample.due = 1000;
  sample.not_sent = second == 42 ? 12 : 0;
  sample.sent = sample.due - sample.not_sent;
  if (slow) {
    sample.errors["busy"] = 9;
    sample.timeouts = 1;
  }
  if (second == 30) sample.unknown = 7;
  const std::uint64_t without = sample.timeouts + sample.unknown + (slow ? 9 : 0);
  add_latencies(sample, sample.sent - without, 900 + 250 * std::sin(second / 6.0), slow ? 180'000 : 400);
  sample.joins = second < 20 ? 10 : second == 45 ? 60 : 0;
  sample.leaves = second >= 54 ? 8 : 0;
  sample.crashes = second == 30 ? 100 : 0;
  sample.lost = second == 31 ? 1 : 0;
  sample.version = static_cast<std::uint64_t>(second) + 1;
  sample.count = second < 20   ? 10U * (static_cast<unsigned>(second) + 1)
                 : second < 30 ? 200U
                 : second < 31 ? 100U
                 : second < 45 ? 99U
                 : second < 54 ? 159U
                               : 159U - 8U * static_cast<unsigned>(second - 53);
  sample.expectations_met = 17;
  return sample;
}

}  // namespace

Run example_run() {
  Run run;
  run.title = "A busy minute";
  run.server = "tcp://localhost:8080";
  run.seed = 7;
  run.open_loop = true;
  run.planned_rate = 1000;
  for (int second = 0; second < 60; ++second) {
    Sample sample = example_second(second);
    if (second == 42) {
      sample.expectations_failed = 2;
      sample.failures = {
          {14, "bia7", "text \"Hello, Client! Conexões ativas: 101\"", "text \"Hello, Client! Conexões ativas: 99\""},
          {23, "ana", "a reply within 2 s", "error busy: the window is full"}};
    }
    run.add(sample, second, 1);
  }
  return run;
}

std::vector<Verdict> example_verdicts(const Run& run) {
  std::vector<Threshold> thresholds;
  for (const char* const text : {"p99<50ms", "raw.p99.9<20ms", "errors==0", "rate>=990/s", "expectations==100%"}) {
    thresholds.push_back(parse_threshold(text));
  }
  return judge(thresholds, run);
}

Run quiet_run() {
  Run run;
  run.title = "três amigos";
  run.server = "tcp://localhost:8080";
  run.seed = 42;
  Sample sample;
  sample.due = sample.sent = 3;
  sample.joins = sample.leaves = 3;
  sample.expectations_met = 3;
  sample.version = 6;
  sample.count = 0;
  add_latencies(sample, 3, 210, 0);
  run.add(sample, 0, 0.35);
  return run;
}

Run hostile_run() {
  const std::string markup =
      "</script><script>document.title='gotcha'</script><img src=x onerror=alert(1)> & ]]> <!-- \"quoted\" 'too' ";
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const std::string all = markup + "@SCRIPT@ @CHART@ \u2028\u2029 \u202E \uFFFE\uFFFF \U0001F600 " + every_byte;
  Run run = example_run();
  run.title = all;
  run.server = all;
  run.notes = {all};
  run.total.errors[all] = 1;
  run.total.failures = {{1, all, all, all}, {2, "\x1b[31m", std::string(1 << 20, 'x'), "\n\n"}};
  return run;
}

}  // namespace rollcall::replay::test
