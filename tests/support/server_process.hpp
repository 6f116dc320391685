// rollcall-test-server in a process of its own, to be killed, stopped and started again. One thread.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::test {

class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> flags = {}) : flags_(std::move(flags)) { start("0"); }
  ~ServerProcess() { end(SIGKILL); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string endpoint() const { return "tcp://127.0.0.1:" + port_; }
  void signal(int number) const { ::kill(pid_, number); }
  /// SIGSTOP, and waits until all of it stands; SIGCONT lets it go on.
  void stop() const {
    signal(SIGSTOP);
    waitpid(pid_, nullptr, WUNTRACED);
  }
  /// Ends it with this signal, and waits until it has.
  void end(int number) {
    if (pid_ <= 0) return;
    signal(number);
    waitpid(std::exchange(pid_, 0), nullptr, 0);
  }
  /// A new one on the same port.
  void restart() { start(port_); }

 private:
  void start(const std::string& port) {
    std::vector<std::string> words = {ROLLCALL_TEST_SERVER, "--port", port == "0" ? "*" : port};
    words.insert(words.end(), flags_.begin(), flags_.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> out{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    const int failed = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    std::string line;
    for (char byte = 0; failed == 0 && byte != '\n' && read(out[0], &byte, 1) == 1;) line += byte;
    ::close(out[0]);
    const std::size_t begin = line.find("tcp://127.0.0.1:");
    if (begin == std::string::npos) throw std::runtime_error("the test server did not start: " + line);
    const std::size_t digits = begin + std::string("tcp://127.0.0.1:").size();
    port_ = line.substr(digits, line.find('"', digits) - digits);
  }

  std::vector<std::string> flags_;
  std::string port_;
  pid_t pid_ = 0;
};

}  // namespace rollcall::test
