// rollcall-test-server: an embedder's server, whose handler does what the request says, for tests of slow and failing
// handlers.
//
//   sleep MS TEXT   answers TEXT after MS milliseconds        throw TEXT   throws std::runtime_error(TEXT)
//   oddthrow        throws an int                              big BYTES    answers that many bytes
//   who TEXT        answers "NAME COUNT TEXT"                  anything else is echoed
//
// Flags: --workers N --port P --drain-timeout MS. Prints what `rollcall-server --log-format json` prints first.
#include <sys/prctl.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "rollcall/server.hpp"

namespace {

/// Takes the first word off `text`.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

unsigned number(std::string_view text) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string handle(const rollcall::Request& request) {
  std::string_view rest = request.body;
  const std::string_view verb = take_word(rest);
  if (verb == "sleep") {
    std::this_thread::sleep_for(std::chrono::milliseconds(number(take_word(rest))));
    return std::string(rest);
  }
  if (verb == "throw") throw std::runtime_error(std::string(rest));
  if (verb == "oddthrow") throw 42;
  if (verb == "big") return std::string(number(rest), 'x');
  if (verb == "who") return std::string(request.client) + ' ' + std::to_string(request.count) + ' ' + std::string(rest);
  return std::string(request.body);
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1UL);  // a sleep takes what it says, without the kernel's usual 50 us more
  rollcall::ServerConfig config;
  config.handle_signals = true;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (flag == "--workers") config.workers = number(argv[i + 1]);
    if (flag == "--port") config.endpoints = {std::string("tcp://127.0.0.1:") + argv[i + 1]};
    if (flag == "--drain-timeout") config.drain_timeout = std::chrono::milliseconds(number(argv[i + 1]));
  }
  rollcall::Server server(config, handle);
  std::cout << R"({"event":"started","endpoints":[")" << server.endpoints().front() << R"("],"liveness_ms":5000})"
            << std::endl;
  // A handler that is still asleep must not find its surroundings gone.
  if (server.run() != rollcall::Server::End::drained) std::_Exit(130);
}
