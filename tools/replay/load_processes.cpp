#include "replay/load_processes.hpp"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <utility>

#include "io/clock.hpp"
#include "replay/load_part.hpp"
#include "replay/sample_json.hpp"

namespace rollcall::replay {
namespace {

using namespace std::chrono_literals;

// From the last part's being ready until the first request: for the news to reach all of them.
constexpr std::chrono::nanoseconds start_delay = 50ms;
// A part that was told to stop, and has not after this time, is killed.
constexpr std::chrono::nanoseconds stop_patience = 5s;

class Parts {
 public:
  Parts(const LoadPlan& plan, const OnSample& on_sample) : plan_(plan), on_sample_(on_sample) {}
  ~Parts() {
    for (const LoadPart& part : parts_) end(part);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  void fork_all(unsigned processes);
  LoadResult run();

 private:
  /// What the parts have told of one interval.
  struct Interval {
    Sample sample;
    double seconds = 0;
    unsigned parts = 0;
  };

  static void end(const LoadPart& part);
  [[nodiscard]] bool wait();
  void hear(std::size_t number);
  void take(std::size_t number, const nlohmann::json& message);
  void take_sample(std::size_t number, const nlohmann::json& message);
  void hand_on(bool all);
  void stop_all();
  [[noreturn]] static void fail_dead(pid_t pid);

  const LoadPlan& plan_;
  const OnSample& on_sample_;
  std::vector<LoadPart> parts_;
  std::vector<std::size_t> told_;  ///< by part: how many samples
  std::vector<bool> over_;         ///< by part
  std::size_t ready_ = 0;
  std::map<std::size_t, Interval> intervals_;  ///< by number: those that were not handed on
  std::chrono::nanoseconds kill_at_ = std::chrono::nanoseconds::max();
  LoadResult result_;
};

void Parts::fork_all(unsigned processes) {
  parts_.reserve(processes);
  std::uint32_t first = 1;
  for (unsigned i = 0; i < processes; ++i) {
    LoadPlan share = plan_;
    share.clients = (plan_.clients + processes - 1 - i) / processes;
    share.rate = plan_.rate * share.clients / plan_.clients;
    share.max_in_flight = std::max(1U, (plan_.max_in_flight + processes - 1 - i) / processes);
    if (plan_.max_in_flight == 0) share.max_in_flight = 0;
    share.interrupt_fd = -1;
    parts_.push_back(fork_load_part(share, first, parts_));
    first += share.clients;
  }
  told_.resize(processes);
  over_.resize(processes);
  result_.processes = processes;
}

LoadResult Parts::run() {
  while (std::find(over_.begin(), over_.end(), false) != over_.end()) {
    if (wait() && !result_.interrupted) {
      result_.interrupted = true;
      stop_all();
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) hear(i);
    hand_on(false);
    if (io::clock_now() > kill_at_) break;  // the destructor ends them
  }
  hand_on(true);
  return result_;
}

/// Until a part has said something, or the load is interrupted (true).
bool Parts::wait() {
  const bool look = !result_.interrupted && plan_.interrupt_fd >= 0;
  std::vector<pollfd> items = {{look ? plan_.interrupt_fd : -1, POLLIN, 0}};
  for (std::size_t i = 0; i < parts_.size(); ++i) items.push_back({over_[i] ? -1 : parts_[i].line.fd(), POLLIN, 0});
  poll(items.data(), items.size(), 1000);
  return items.front().revents != 0;
}

void Parts::hear(std::size_t number) {
  if (over_[number]) return;
  const bool open = parts_[number].line.read();
  while (const auto message = parts_[number].line.next()) take(number, *message);
  if (!open && !over_[number]) fail_dead(std::exchange(parts_[number].pid, 0));
}

void Parts::take(std::size_t number, const nlohmann::json& message) {
  if (message.contains("ready") && ++ready_ == parts_.size()) {
    const auto start = io::clock_now() + start_delay;
    for (const LoadPart& part : parts_) part.line.put({{"start", start.count()}});
  }
  if (message.contains("sample")) take_sample(number, message);
  if (message.contains("error")) {
    throw LoadError(message.at("kind").get<LoadError::Kind>(), message.at("error").get<std::string>());
  }
  if (message.contains("result")) {
    over_[number] = true;
    result_.seconds = std::max(result_.seconds, message["result"].get<double>());
    result_.unanswered += message["unanswered"].get<std::uint64_t>();
    for (const auto& note : message["notes"].get<std::vector<std::string>>()) {
      if (std::find(result_.notes.begin(), result_.notes.end(), note) == result_.notes.end()) {
        result_.notes.push_back(note);
      }
    }
  }
}

void Parts::take_sample(std::size_t number, const nlohmann::json& message) {
  Interval& interval = intervals_[told_[number]++];
  interval.sample.add(sample_from_json(message.at("sample")));
  interval.seconds = std::max(interval.seconds, message.at("seconds").get<double>());
  ++interval.parts;
}

/// Those that every part has told of; a part that is over tells of no more. `all`: the rest, too.
void Parts::hand_on(bool all) {
  while (!intervals_.empty()) {
    const auto first = intervals_.begin();
    bool complete = true;
    for (std::size_t i = 0; i < parts_.size(); ++i) complete = complete && (over_[i] || told_[i] > first->first);
    if (!complete && !all) return;
    on_sample_(first->second.sample, static_cast<double>(first->first), first->second.seconds);
    intervals_.erase(first);
  }
}

void Parts::stop_all() {
  kill_at_ = io::clock_now() + stop_patience;
  for (const LoadPart& part : parts_) part.line.put({{"stop", true}});
}

void Parts::fail_dead(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  const std::string how = WIFSIGNALED(status) ? std::string(strsignal(WTERMSIG(status)))
                                              : "exit code " + std::to_string(WEXITSTATUS(status));
  throw LoadError(LoadError::Kind::failed, "a process of the load died (" + how + "): its clients are gone");
}

void Parts::end(const LoadPart& part) {
  if (part.pid <= 0) return;
  // It has told everything, or nobody wants to know.
  kill(part.pid, SIGKILL);
  waitpid(part.pid, nullptr, 0);
}

}  // namespace

LoadResult run_load_in_processes(const LoadPlan& plan, unsigned processes, const OnSample& on_sample) {
  Parts parts(plan, on_sample);
  parts.fork_all(processes);
  return parts.run();
}

}  // namespace rollcall::replay
