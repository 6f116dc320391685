#include "joining.hpp"

#include <stdexcept>
#include <string>

#include "process_stats.hpp"

namespace bench {
namespace {

// So many handshakes at a time: enough to keep a server busy, and few enough for its queue of connections.
constexpr std::uint32_t joining_max = 256;

}  // namespace

void join_all(Poller& poller, std::vector<Talker>& talkers, std::uint16_t port, const Requests& requests) {
  std::uint32_t connected = 0;
  std::uint32_t joined = 0;
  std::int64_t last = now_ns();
  const auto on_ready = [&](std::uint32_t number, std::uint32_t events) {
    const auto happened = talkers[number].on_ready(events, requests, [](std::int64_t) {});
    if (happened.lost || happened.errors > 0) {
      throw std::runtime_error("client " + std::to_string(number + 1) +
                               " was turned away: " + std::string(happened.lost ? "connection closed" : happened.last));
    }
    if (!happened.joined) return;
    ++joined;
    last = now_ns();
  };
  while (joined < talkers.size()) {
    while (connected < talkers.size() && connected - joined < joining_max) talkers[connected++].connect(port, requests);
    poller.wait(100, on_ready);
    if (now_ns() - last > silence_ns_max) {
      throw std::runtime_error("only " + std::to_string(joined) + " of " + std::to_string(talkers.size()) +
                               " clients got an answer");
    }
  }
}

}  // namespace bench
