#include "load.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "histogram.hpp"
#include "joining.hpp"
#include "process_stats.hpp"
#include "talker.hpp"

namespace bench {
namespace {

std::int64_t ns(std::chrono::duration<double> time) { return static_cast<std::int64_t>(time.count() * 1e9); }

class LoadRun {
 public:
  LoadRun(const Target& target, const Load& load)
      : target_(target),
        load_(load),
        requests_(target.protocol, target.message, std::max(load.window, load.flood_window)) {
    for (std::uint32_t i = 0; i < load.clients; ++i) add(load.window);
    for (std::uint32_t i = 0; i < load.flood; ++i) add(load.flood_window);
    for (std::uint32_t i = 0; i < load.idle; ++i) add(0);
  }

  nlohmann::json run() {
    join_all(poller_, talkers_, target_.port, requests_);
    for (std::uint32_t i = 0; i < load_.clients + load_.flood; ++i) talkers_[i].start(requests_, now_ns());
    talk_for(ns(load_.warm_up));
    if (replies_ == 0 && load_.clients > 0) talk_until_reply();
    latencies_ = {};
    replies_ = flood_replies_ = errors_ = 0;
    const double server_before = cpu_seconds(target_.server);
    const double own_before = cpu_seconds(getpid());
    const std::int64_t start = now_ns();
    talk_for(ns(load_.duration));
    const double seconds = static_cast<double>(now_ns() - start) / 1e9;
    return report(seconds, cpu_seconds(target_.server) - server_before, cpu_seconds(getpid()) - own_before);
  }

 private:
  void add(std::uint32_t window) {
    talkers_.emplace_back(poller_, static_cast<std::uint32_t>(talkers_.size()), window);
  }

  void talk_for(std::int64_t time) {
    const std::int64_t end = now_ns() + time;
    for (std::int64_t left = time; left > 0; left = end - now_ns()) {
      poller_.wait(static_cast<int>(left / 1'000'000) + 1,
                   [this](std::uint32_t number, std::uint32_t events) { on_ready(number, events); });
    }
  }

  void talk_until_reply() {
    const std::int64_t end = now_ns() + silence_ns_max;
    while (replies_ == 0) {
      if (now_ns() > end) throw std::runtime_error("the server does not answer");
      talk_for(1'000'000);
    }
  }

  void on_ready(std::uint32_t number, std::uint32_t events) {
    Talker& talker = talkers_[number];
    const bool busy = number < load_.clients;
    const std::int64_t now = now_ns();
    const auto happened = talker.on_ready(events, requests_, [&](std::int64_t sent) {
      if (busy) latencies_.add(static_cast<std::uint64_t>(now - sent));
    });
    errors_ += happened.errors;
    (busy ? replies_ : flood_replies_) += happened.replies;
    const std::uint32_t answers = happened.replies + happened.errors;
    if (happened.lost) {
      ++lost_;
    } else if (answers > 0 && number < load_.clients + load_.flood) {
      talker.send(requests_, answers, now);
    }
  }

  [[nodiscard]] nlohmann::json report(double seconds, double server, double own) const {
    const auto us = [this](double share) { return static_cast<double>(latencies_.quantile(share)) / 1e3; };
    const auto answered = static_cast<double>(replies_ + flood_replies_);
    return {{"requests", replies_},
            {"seconds", seconds},
            {"per_second", static_cast<double>(replies_) / seconds},
            {"p50_us", us(0.5)},
            {"p99_us", us(0.99)},
            {"max_us", static_cast<double>(latencies_.most()) / 1e3},
            {"server_cpu_us_per_request", answered > 0 ? server * 1e6 / answered : 0.0},
            {"server_cpu_share", server / seconds},
            {"generator_cpu_share", own / seconds},
            {"flood_per_second", static_cast<double>(flood_replies_) / seconds},
            {"errors", errors_},
            {"lost", lost_}};
  }

  const Target& target_;
  const Load& load_;
  Requests requests_;
  Poller poller_;
  std::vector<Talker> talkers_;
  Histogram latencies_;
  std::uint64_t replies_ = 0;
  std::uint64_t flood_replies_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace

nlohmann::json run_load(const Target& target, const Load& load) { return LoadRun(target, load).run(); }

}  // namespace bench
