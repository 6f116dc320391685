// rollcall-test-server: an embedder's server, whose handler does what the request says, for tests of slow and failing
// handlers.
//
//   sleep MS TEXT   answers TEXT after MS milliseconds        throw TEXT   throws std::runtime_error(TEXT)
//   oddthrow        throws an int                              big BYTES    answers that many bytes
//   who TEXT        answers "NAME COUNT TEXT"                  hold TEXT    answers TEXT when it is let go
//   anything else is echoed
//
// SIGUSR1 lets the first call go that is held, SIGUSR2 all of them; a line says when that is done.
// Flags: --workers N --port P --drain-timeout MS --handler-timeout MS --http HOST:PORT. Prints what
// `rollcall-server --log-format json` prints first, and when the handler is over its time.
#include <sys/prctl.h>

#include <charconv>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "rollcall/server.hpp"
#include "server/http/http_service.hpp"
#include "server/page_assets.hpp"

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

/// Called by several threads.
void say(const std::string& line) { std::cout << line + '\n' << std::flush; }

/// Keeps calls of the handler until a signal lets them go. Lives as long as the process.
class Gate {
 public:
  /// Before any thread starts: they all inherit that these signals wait for this.
  Gate() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGUSR1);
    sigaddset(&signals_, SIGUSR2);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    std::thread([this] { take_signals(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void hold() {
    std::unique_lock lock(mutex_);
    const unsigned number = ++begun_;
    changed_.wait(lock, [&] { return number <= let_go_; });
  }

 private:
  [[noreturn]] void take_signals() {
    while (true) {
      int signal = 0;
      sigwait(&signals_, &signal);
      const std::lock_guard lock(mutex_);
      let_go_ = signal == SIGUSR1 ? let_go_ + 1 : begun_;
      changed_.notify_all();
      say(R"({"event":"let_go","total":)" + std::to_string(let_go_) + "}");
    }
  }

  sigset_t signals_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned begun_ = 0;   ///< calls
  unsigned let_go_ = 0;  ///< so many of them, the first ones
};

Gate& gate() {
  static Gate* const made = new Gate;
  return *made;
}

std::string handle(const rollcall::Request& request) {
  std::string_view rest = request.body;
  const std::string_view verb = take_word(rest);
  if (verb == "sleep") {
    std::this_thread::sleep_for(std::chrono::milliseconds(number(take_word(rest))));
    return std::string(rest);
  }
  if (verb == "hold") {
    gate().hold();
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
  gate();
  rollcall::ServerConfig config;
  config.handle_signals = true;
  std::optional<rollcall::http::ListenAddress> http;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (flag == "--workers") config.workers = number(argv[i + 1]);
    if (flag == "--port") config.endpoints = {std::string("tcp://127.0.0.1:") + argv[i + 1]};
    if (flag == "--http") http = rollcall::http::parse_listen_address(argv[i + 1]);
    if (flag == "--drain-timeout") config.drain_timeout = std::chrono::milliseconds(number(argv[i + 1]));
    if (flag == "--handler-timeout") config.handler_timeout = std::chrono::milliseconds(number(argv[i + 1]));
  }
  config.observer = [](const rollcall::ServerEvent& event) {
    if (event.kind != rollcall::ServerEvent::Kind::hung) return;
    say(R"({"event":"hung","total":)" + std::to_string(event.total) + R"(,"missing":)" + std::to_string(event.count) +
        "}");
  };
  rollcall::Server server(config, handle);
  std::optional<rollcall::http::HttpService> service;
  if (http) service.emplace(server, config, *http, rollcall::http::find_asset);
  say(R"({"event":"started","endpoints":[")" + server.endpoints().front() + R"("],"liveness_ms":5000)" +
      (service ? R"(,"page":")" + service->url() + "\"" : std::string()) + "}");
  // A handler that is still asleep must not find its surroundings gone.
  if (server.run() != rollcall::Server::End::drained) std::_Exit(130);
}
