// rollcall-bench-instructions CLIENTSxWINDOW: 100,000 requests through codec and core in measured_requests(), for
// callgrind's --toggle-collect to count. Prints how many they were. The count is the same on a busy machine.
#include <cstdio>
#include <cstdlib>

#include "core_loads.hpp"

namespace {

constexpr std::uint32_t requests = 100'000;

}  // namespace

extern "C" [[gnu::noinline]] std::uint32_t measured_requests(rollcall::test::CoreConversation& talk,
                                                             std::uint32_t window) {
  std::uint32_t made = 0;
  for (; made < requests; made += talk.clients() * window) bench::one_turn(talk, window, false);
  return made;
}

int main(int argc, char** argv) {
  unsigned clients = 8;
  unsigned window = 64;
  if (argc != 2 || std::sscanf(argv[1], "%ux%u", &clients, &window) != 2 || clients == 0 || window == 0) {
    std::fputs("usage: rollcall-bench-instructions CLIENTSxWINDOW\n", stderr);
    return 2;
  }
  rollcall::test::CoreConversation talk(clients);
  bench::warm_up(talk, window, false);
  std::printf("%u\n", measured_requests(talk, window));
}
