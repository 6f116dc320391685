// rollcall-journal-server: an embedder's server that writes each request down before it answers, so that a test can
// tell what was run, how often, and by which of several servers, though they are killed.
//
//   "big BYTES ..."   is answered with that many bytes; everything else is echoed
//
// Prints what `rollcall-server --log-format json` prints first.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

#include "rollcall/server.hpp"

namespace {

/// A line for each request; written at once, by one system call, so that a kill takes none back. Any thread.
class Journal {
 public:
  explicit Journal(const std::string& path)
      : fd_(path.empty() ? -1 : open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    if (!path.empty() && fd_ < 0) throw std::runtime_error("cannot write " + path);
  }
  void write(std::string_view body) const {
    if (fd_ < 0) return;
    const std::string line = std::string(body) + '\n';
    if (::write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
  }

 private:
  int fd_;
};

std::string answer(std::string_view body) {
  constexpr std::string_view big = "big ";
  if (!body.starts_with(big)) return std::string(body);
  std::size_t bytes = 0;
  std::from_chars(body.data() + big.size(), body.data() + body.size(), bytes);
  return std::string(bytes, 'x');
}

void serve(rollcall::ServerConfig config, const Journal& journal) {
  config.handle_signals = true;
  rollcall::Server server(config, [&journal](const rollcall::Request& request) {
    journal.write(request.body);
    return answer(request.body);
  });
  const auto liveness = config.heartbeat + config.heartbeat_timeout;
  std::cout << R"({"event":"started","endpoints":[")" << server.endpoints().front() << R"("],"liveness_ms":)"
            << liveness.count() << "}" << std::endl;
  if (server.run() != rollcall::Server::End::drained) std::_Exit(130);
}

}  // namespace

int main(int argc, char** argv) {
  rollcall::ServerConfig config;
  std::string port = "0";
  std::string journal;
  std::string log_format;
  const auto add_ms = [](CLI::App& app, const std::string& name, std::chrono::milliseconds& value) {
    app.add_option_function<unsigned>(name, [&value](unsigned ms) { value = std::chrono::milliseconds(ms); });
  };
  CLI::App app("Writes down what it runs.", "rollcall-journal-server");
  app.add_option("--port", port);
  app.add_option("--journal", journal);
  app.add_option("--workers", config.workers);
  app.add_option("--log-format", log_format, "json, as it always is");
  add_ms(app, "--heartbeat", config.heartbeat);
  add_ms(app, "--heartbeat-timeout", config.heartbeat_timeout);
  add_ms(app, "--drain-timeout", config.drain_timeout);
  add_ms(app, "--resume-timeout", config.resume_timeout);
  app.add_option("--max-queue", config.queue_bytes_max);
  app.add_option("--reply-cache", config.reply_cache_bytes_max);
  CLI11_PARSE(app, argc, argv);
  config.endpoints = {"tcp://127.0.0.1:" + port};
  try {
    serve(config, Journal(journal));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "rollcall-journal-server: " << error.what() << '\n';
    return 3;
  }
}
