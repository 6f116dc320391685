#include "crowd.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "joining.hpp"
#include "process_stats.hpp"

namespace bench {
namespace {

constexpr int patience_ms = 60'000;

/// Two processes' ends of two pipes; each message is one number.
class Line {
 public:
  Line() {
    if (pipe(there_.data()) != 0 || pipe(back_.data()) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe");
    }
  }
  ~Line() {
    for (const int fd : {there_[0], there_[1], back_[0], back_[1]}) close(fd);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void tell(double value) const { put(there_[1], value); }
  [[nodiscard]] double hear() const { return take(back_[0]); }
  void answer(double value) const { put(back_[1], value); }
  [[nodiscard]] bool was_told() const {
    pollfd item{there_[0], POLLIN, 0};
    return ::poll(&item, 1, 0) > 0;
  }
  void take_told() const { take(there_[0]); }

 private:
  static void put(int fd, double value) {
    if (write(fd, &value, sizeof value) != sizeof value) throw std::runtime_error("the crowd's process is gone");
  }
  static double take(int fd) {
    pollfd item{fd, POLLIN, 0};
    double value = 0;
    if (::poll(&item, 1, patience_ms) <= 0 || read(fd, &value, sizeof value) != sizeof value) {
      throw std::runtime_error("the crowd could not join");
    }
    return value;
  }

  std::array<int, 2> there_{};
  std::array<int, 2> back_{};
};

/// The crowd's process: joins, says how long it took, stays, says how many were lost, stays until it is killed.
void be_crowd(const Target& target, const Crowd& crowd, const Line& line) {
  Poller poller;
  const Requests requests(target.protocol, target.message, 1);
  std::vector<Talker> talkers;
  for (std::uint32_t i = 0; i < crowd.clients; ++i) talkers.emplace_back(poller, i, 0);
  const std::int64_t start = now_ns();
  join_all(poller, talkers, target.port, requests);
  line.answer(static_cast<double>(now_ns() - start) / 1e9);
  double lost = 0;
  const auto stay = [&] {
    poller.wait(10, [&](std::uint32_t number, std::uint32_t events) {
      const auto happened = talkers[number].on_ready(events, requests, [](std::int64_t) {});
      if (happened.lost) ++lost;
    });
  };
  while (!line.was_told()) stay();
  line.take_told();
  line.answer(lost);
  while (true) stay();
}

/// A client that asks for the count, and answers the server's heartbeats meanwhile.
class Observer {
 public:
  explicit Observer(const Target& target) : requests_(target.protocol, target.message, 1) {
    talkers_.emplace_back(poller_, 0, 1);
    join_all(poller_, talkers_, target.port, requests_);
  }

  std::uint32_t ask() {
    std::uint32_t count = 0;
    bool answered = false;
    talkers_[0].send(requests_, 1, now_ns());
    const std::int64_t end = now_ns() + std::int64_t{patience_ms} * 1'000'000;
    while (!answered) {
      poller_.wait(1000, [&](std::uint32_t, std::uint32_t events) {
        const auto happened = talkers_[0].on_ready(events, requests_, [](std::int64_t) {});
        answered = happened.replies > 0;
        if (answered) count = requests_.count_in(happened.last);
        if (happened.lost || happened.errors > 0) throw std::runtime_error("the observer was turned away");
      });
      if (now_ns() > end) throw std::runtime_error("the observer gets no answer");
    }
    return count;
  }

  void stay(std::chrono::duration<double> time) {
    const std::int64_t end = now_ns() + static_cast<std::int64_t>(time.count() * 1e9);
    while (now_ns() < end) {
      poller_.wait(10, [&](std::uint32_t, std::uint32_t events) {
        const auto happened = talkers_[0].on_ready(events, requests_, [](std::int64_t) {});
        if (happened.lost) throw std::runtime_error("the observer was dropped");
      });
    }
  }

 private:
  Poller poller_;
  Requests requests_;
  std::vector<Talker> talkers_;
};

class Child {
 public:
  template <typename Body>
  explicit Child(Body body) : pid_(fork()) {
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ != 0) return;
    try {
      body();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "rollcall-bench-load: %s\n", error.what());
    }
    _exit(1);
  }
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }

 private:
  pid_t pid_;
};

}  // namespace

nlohmann::json run_crowd(const Target& target, const Crowd& crowd) {
  Observer observer(target);
  observer.ask();
  nlohmann::json figures;
  const std::int64_t before = resident_kib(target.server);
  const Line line;
  Child child([&] { be_crowd(target, crowd, line); });
  figures["join_seconds"] = line.hear();
  const std::int64_t after = resident_kib(target.server);
  figures["rss_before_kib"] = before;
  figures["rss_after_kib"] = after;
  figures["kib_per_client"] = static_cast<double>(after - before) / crowd.clients;
  const double cpu_before = cpu_seconds(target.server);
  const std::int64_t start = now_ns();
  observer.stay(crowd.hold);
  const double held = static_cast<double>(now_ns() - start) / 1e9;
  figures["hold_seconds"] = crowd.hold.count();
  figures["hold_server_cpu_share"] = held > 0 ? (cpu_seconds(target.server) - cpu_before) / held : 0;
  line.tell(0);
  figures["lost"] = line.hear();
  figures["kill_seconds"] = nullptr;
  if (crowd.kill) {
    const std::int64_t killed = now_ns();
    child.kill();
    while (observer.ask() > 1) {
      if (now_ns() - killed > std::int64_t{patience_ms} * 1'000'000) throw std::runtime_error("the count stays up");
    }
    figures["kill_seconds"] = static_cast<double>(now_ns() - killed) / 1e9;
  }
  return figures;
}

}  // namespace bench
