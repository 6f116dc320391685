// rollcall-fault-proxy: a TCP proxy whose network fails on command, for tests. One command a line on standard input,
// one line of JSON as its answer; ends with standard input.
//
//   target PORT                      where new connections go, on 127.0.0.1
//   FAULT WHICH [DIRECTION] [MS]     none, stall, swallow, delay (by MS) or drip (a byte each MS)
//                                    WHICH: all (those there now), new, every (both), or a share of all, such as 50%
//                                    DIRECTION: up (from clients), down, or both
//   cut WHICH, reset WHICH           ends connections with FIN or RST
//   abandon WHICH                    resets their client's side; the server's stays open, and hears nothing any more
//   refuse, accept                   new connections are reset as they come, or not
//   stats                            connections, bytes, and what each fault has hit
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "proxy.hpp"

namespace {

using rollcall::test::Fault;
using rollcall::test::Proxy;

unsigned number(const std::string& text) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || (stop != end && *stop != '%')) throw std::invalid_argument("no number: " + text);
  return value;
}

Fault fault_of(const std::string& name) {
  const auto& names = rollcall::test::fault_names;
  const auto place = std::find(names.begin(), names.end(), name);
  if (place == names.end()) throw std::invalid_argument("no command: " + name);
  return static_cast<Fault>(place - names.begin());
}

std::string obey(Proxy& proxy, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  std::string which = "all";
  std::string direction = "both";
  std::string pause = "0";
  words >> verb >> which >> direction >> pause;
  if (verb == "stats") return proxy.stats();
  std::uint64_t hit = 0;
  if (verb == "target") {
    proxy.set_target(static_cast<std::uint16_t>(number(which)));
  } else if (verb == "refuse" || verb == "accept") {
    proxy.refuse(verb == "refuse");
  } else {
    const Fault fault = fault_of(verb);
    const bool share = which.back() == '%';
    const unsigned percent = share ? number(which) : 100;
    const auto whom = which == "new"     ? Proxy::Which::future
                      : which == "every" ? Proxy::Which::every
                                         : Proxy::Which::present;
    if (fault == Fault::cut || fault == Fault::reset || fault == Fault::abandon) {
      hit = proxy.end(fault, percent);
    } else {
      hit = proxy.treat(whom, {fault, std::chrono::milliseconds(number(pause))},
                        {direction != "down", direction != "up"}, percent);
    }
  }
  return "{\"hit\":" + std::to_string(hit) + "}";
}

}  // namespace

int main() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  try {
    Proxy proxy;
    std::cout << "{\"port\":" << proxy.port() << "}" << std::endl;
    // A test waits for each answer before it says more, so nothing of standard input is read ahead.
    for (std::string line;;) {
      proxy.run_until_readable(STDIN_FILENO);
      if (!std::getline(std::cin, line)) return 0;
      std::cout << obey(proxy, line) << std::endl;
    }
  } catch (const std::exception& error) {
    std::cerr << "rollcall-fault-proxy: " << error.what() << '\n';
    return 1;
  }
}
