// Any command line and any --config file: the program goes on, or ends with an exit code and a complaint of one line.
// Input: an argument a line; after an empty line, the file.
#include <sys/mman.h>
#include <unistd.h>

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/exit_code.hpp"
#include "common/server_address.hpp"
#include "fuzz/fuzzing.hpp"
#include "wire/utf8.hpp"

namespace rollcall::fuzz {
namespace {

/// A file in memory, with a path for as long as this lives.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(memfd_create("config", MFD_CLOEXEC)) {
    require(fd_ >= 0 && write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "a file");
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

/// Keeps what is written to a stream.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

/// One option of each kind that the programs have.
struct Settings {
  tools::Language language = tools::Language::portuguese;
  tools::ServerAddress address;
  std::vector<std::string> endpoints;
  std::chrono::milliseconds patience{3000};
  std::size_t message_bytes_max = 4096;
  unsigned workers = 1;
  double rate = 1;
  std::string format = "text";
  bool quiet = false;
};

void add_options(CLI::App& app, Settings& settings) {
  tools::add_common_options(app, settings.language);
  tools::add_server_options(app, settings.address);
  app.add_option("--bind", settings.endpoints, "repeatable")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->take_all();
  tools::add_duration(app, "--patience", settings.patience, "a time");
  tools::add_size(app, "--max-message", settings.message_bytes_max, "a size");
  app.add_option("--workers", settings.workers, "a number");
  app.add_option("--rate", settings.rate, "a real number")->check(CLI::Range(0.001, 1e9));
  app.add_option("--log-format", settings.format, "one of two")->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--quiet", settings.quiet, "a flag");
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    // A file of the fuzzer's choice could be one that never ends.
    const std::string_view line = text.substr(0, end);
    if (line.find("config") == std::string_view::npos) lines.emplace_back(line.substr(0, line.find('\0')));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

void try_bytes(std::string_view bytes) {
  const std::size_t end = bytes.find("\n\n");
  const MemoryFile file(end == std::string_view::npos ? std::string_view() : bytes.substr(end + 2));
  std::vector<std::string> arguments = lines_of(bytes.substr(0, end));
  arguments.insert(arguments.begin(), {"program", "--config=" + file.path()});
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  CLI::App app("What is fuzzed.", "program");
  Settings settings;
  add_options(app, settings);
  const Captured out(std::cout);
  const Captured err(std::cerr);
  int exit_code = -1;
  const bool go_on = tools::parse(app, static_cast<int>(argv.size()), argv.data(), exit_code);
  require(go_on == (exit_code == -1), "an exit code, unless the program goes on");
  require(go_on || exit_code == tools::exit_fine || exit_code == tools::exit_usage, "which is 0 or that of usage");
  const std::string complaint = err.text();
  require((exit_code == tools::exit_usage) == !complaint.empty(), "a complaint, where the command line is wrong");
  require(complaint.empty() || complaint.find('\n') == complaint.size() - 1, "of one line");
  require(wire::is_utf8(complaint), "in UTF-8");
}

}  // namespace rollcall::fuzz
