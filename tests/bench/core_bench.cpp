// rollcall-bench-micro: what a request costs in codec and core together, by the clock: no sockets, no threads.
#include <benchmark/benchmark.h>

#include "core_loads.hpp"

namespace {

void requests(benchmark::State& state, bool full) {
  const auto clients = static_cast<std::uint32_t>(state.range(0));
  const auto window = static_cast<std::uint32_t>(state.range(1));
  rollcall::test::CoreConversation talk(clients);
  bench::warm_up(talk, window, full);
  for ([[maybe_unused]] auto _ : state) bench::one_turn(talk, window, full);
  const double made = static_cast<double>(state.iterations()) * clients * window;
  state.counters["ns_per_request"] =
      benchmark::Counter(made * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void with_loads(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({1, 1})->Args({8, 64})->Args({64, 16})->Args({1000, 2})->Args({5000, 1});
}

BENCHMARK_CAPTURE(requests, plain, false)->Apply(with_loads);
BENCHMARK_CAPTURE(requests, full, true)->Apply(with_loads);

}  // namespace

BENCHMARK_MAIN();
