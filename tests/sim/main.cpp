// rollcall_sim: runs the core under simulated clients, workers, faults and time, seed by seed, and replays a seed.
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "sim/simulation.hpp"
#include "sim/trace.hpp"

// Sanitizers end the process by themselves; this is how the seed becomes known then.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the name is the sanitizers' own
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

using rollcall::sim::Broken;
using rollcall::sim::Simulation;
using rollcall::sim::Trace;

struct Options {
  std::uint64_t first = 1;
  std::uint64_t last = 1000;
  bool trace = false;
};

std::string program;
std::uint64_t running_seed = 0;
const Trace* running_trace = nullptr;

void explain(std::string_view promise) {
  std::printf("seed %llu broke a promise: %.*s\n", static_cast<unsigned long long>(running_seed),
              static_cast<int>(promise.size()), promise.data());
  if (running_trace != nullptr) {
    std::printf("its last steps:\n");
    for (const std::string& line : running_trace->tail()) std::printf("%s\n", line.c_str());
  }
  std::printf("replay it with: %s --seed %llu --trace\n", program.c_str(),
              static_cast<unsigned long long>(running_seed));
  std::fflush(stdout);
}

/// A failed assertion of the core, or worse. The seed is run again, in a new process, to have its last steps.
void on_crash(int number) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, number);
  sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  if (running_trace == nullptr) {
    const std::string seed = std::to_string(running_seed);
    execl("/proc/self/exe", program.c_str(), "--seed", seed.c_str(), static_cast<char*>(nullptr));
  }
  explain(number == SIGABRT ? "an assertion of the core failed" : "the core crashed");
  _exit(1);
}

/// One step, or one seed, goes on for ever.
void on_alarm(int) {
  explain("a seed comes to its end");
  _exit(1);
}

void on_death() { explain("a sanitizer found a fault"); }

/// Returns the trace's hash; throws Broken.
std::uint64_t run_seed(std::uint64_t seed, Trace::Mode mode, Simulation::Totals& totals) {
  Trace trace(mode);
  constexpr unsigned seed_seconds_max = 60;
  running_seed = seed;
  alarm(seed_seconds_max);
  running_trace = mode == Trace::Mode::off ? nullptr : &trace;
  Simulation simulation(seed, trace);
  try {
    simulation.run();
  } catch (const Broken& broken) {
    if (running_trace == nullptr) throw;
    explain(broken.what());
    throw;
  }
  running_trace = nullptr;
  const auto own = simulation.totals();
  totals.events += own.events;
  totals.joins += own.joins;
  totals.replies += own.replies;
  totals.ghosts += own.ghosts;
  totals.resumes += own.resumes;
  totals.repeated += own.repeated;
  totals.hung += own.hung;
  totals.revoked += own.revoked;
  totals.crowded += own.crowded;
  totals.changes += own.changes;
  totals.snapshots += own.snapshots;
  return trace.hash();
}

/// Runs the seeds; returns false at the first that breaks a promise.
bool run_all(const Options& options) {
  constexpr std::uint64_t twice_every = 50;
  const Trace::Mode one_seed = options.trace ? Trace::Mode::print : Trace::Mode::tail;
  const Trace::Mode mode = options.first == options.last ? one_seed : Trace::Mode::off;
  Simulation::Totals totals;
  for (std::uint64_t seed = options.first; seed <= options.last; ++seed) {
    try {
      const std::uint64_t hash = run_seed(seed, mode, totals);
      if (seed % twice_every == 0 && mode == Trace::Mode::off) {
        Simulation::Totals again;
        rollcall::sim::require(run_seed(seed, mode, again) == hash, "the same events give the same effects");
      }
    } catch (const Broken& broken) {
      if (mode != Trace::Mode::off) return false;  // already told
      try {
        Simulation::Totals again;
        run_seed(seed, Trace::Mode::tail, again);
        explain(broken.what());  // it did not happen again
      } catch (const Broken&) {
      }
      return false;
    }
  }
  std::printf(
      "seeds %llu..%llu: %llu events, %llu joins, %llu resumed, %llu replies, %llu given again, %llu ghosts, %llu "
      "handlers over their time (too many to be replaced in %llu seeds), %llu sessions of revoked keys, watchers "
      "told %llu changes and %llu snapshots; every promise kept\n",
      static_cast<unsigned long long>(options.first), static_cast<unsigned long long>(options.last),
      static_cast<unsigned long long>(totals.events), static_cast<unsigned long long>(totals.joins),
      static_cast<unsigned long long>(totals.resumes), static_cast<unsigned long long>(totals.replies),
      static_cast<unsigned long long>(totals.repeated), static_cast<unsigned long long>(totals.ghosts),
      static_cast<unsigned long long>(totals.hung), static_cast<unsigned long long>(totals.crowded),
      static_cast<unsigned long long>(totals.revoked), static_cast<unsigned long long>(totals.changes),
      static_cast<unsigned long long>(totals.snapshots));
  return true;
}

bool parse(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<Options> options_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--trace") {
      options.trace = true;
      continue;
    }
    if (++i == argc) return std::nullopt;
    const std::string_view value = argv[i];
    const std::size_t dots = value.find("..");
    if (name == "--seed" && parse(value, options.first)) {
      options.last = options.first;
    } else if (name != "--seeds" || dots == std::string_view::npos || !parse(value.substr(0, dots), options.first) ||
               !parse(value.substr(dots + 2), options.last)) {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  program = argv[0];
  const auto options = options_of(argc, argv);
  if (!options) {
    std::fputs("usage: rollcall_sim [--seed N [--trace] | --seeds A..B]\n", stderr);
    return 2;
  }
  std::signal(SIGABRT, on_crash);
  std::signal(SIGALRM, on_alarm);
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(on_death);
  } else {
    std::signal(SIGSEGV, on_crash);
  }
  return run_all(*options) ? 0 : 1;
}
