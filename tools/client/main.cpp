// rollcall-client: the Client class with a terminal or a pipe, and a command line.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "client/conversation.hpp"
#include "client/printer.hpp"
#include "common/command_line.hpp"
#include "common/exit_code.hpp"
#include "common/key_option.hpp"
#include "common/server_address.hpp"
#include "rollcall/client.hpp"

namespace {

namespace tools = rollcall::tools;

volatile std::sig_atomic_t interrupted = 0;
volatile std::sig_atomic_t conversing = 0;

struct Settings {
  tools::ServerAddress server;
  std::string name;
  std::uint64_t count = 0;
  std::chrono::milliseconds patience{0};
  bool json = false;
  std::string new_key_file;
  bool idempotent = false;
  std::string record;
  bool force = false;
  tools::Language language = tools::Language::portuguese;
};

void add_options(CLI::App& app, Settings& settings) {
  tools::add_common_options(app, settings.language);
  tools::add_server_options(app, settings.server, true);
  tools::add_key_option(app, settings.new_key_file);
  app.add_option("--name", settings.name, "Your name, as the server's people see it");
  app.add_option("-n", settings.count, "Send the first message this many times, and end")
      ->type_name("COUNT")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53U))
      ->default_str("");
  tools::add_duration(app, "-W,--wait", settings.patience, "How long to wait for the server and for each reply")
      ->check(CLI::Validator([](std::string& ms) { return ms == "0" ? "give more than 0" : std::string(); }, ""))
      ->default_str("3 for the server, 10 for a reply");
  app.add_flag("--idempotent", settings.idempotent,
               "Requests may be run twice: send them again when the server ended before it answered");
  app.add_flag("--json", settings.json, "One JSON object a reply, and nothing else, on stdout");
  app.add_option("--record", settings.record, "Write the conversation into this file, for rollcall-replay")
      ->type_name("FILE");
  app.add_flag("--force", settings.force, "Let --record replace a file")->configurable(false);
}

/// Ctrl-C ends the conversation, and the program says goodbye; before and after it, Ctrl-C ends the program at once.
void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) {
    if (conversing == 0) _exit(tools::exit_interrupted);
    interrupted = 1;
  };
  sigaction(SIGINT, &action, nullptr);
}

int run(const CLI::App& app, const Settings& settings) {
  const std::string endpoint = settings.server.endpoint();
  const bool patience_given = settings.patience.count() > 0;
  const auto connect_patience = patience_given ? settings.patience : std::chrono::milliseconds{3000};
  const auto reply_patience = patience_given ? settings.patience : std::chrono::milliseconds{10'000};
  const tools::Printer printer(settings.language, settings.json);
  std::optional<tools::ConversationRecording> recording;
  if (!settings.record.empty()) {
    recording.emplace(settings.record, settings.force, settings.name,
                      [&app](const std::string& text) { tools::complain(app, text); });
  }
  rollcall::ClientConfig config;
  config.endpoint = endpoint;
  config.name = settings.name;
  config.other_endpoints = settings.server.others();
  config.server_key = settings.server.server_key;
  config.key_file = settings.server.key_file;
  rollcall::Client client(std::move(config));
  try {
    const std::uint32_t here = client.connect(connect_patience);
    if (recording) recording->welcomed(here);
  } catch (const rollcall::Error& error) {
    const bool refused = error.kind() == rollcall::Error::Kind::refused;
    const double seconds = std::chrono::duration<double>(connect_patience).count();
    tools::complain(app, refused ? error.what() : printer.no_server(endpoint, seconds));
    return tools::exit_no_connection;
  }
  conversing = 1;
  tools::show(printer.connected());
  const auto delivery = settings.idempotent ? rollcall::Delivery::at_least_once : rollcall::Delivery::at_most_once;
  const tools::Conversation conversation{client, printer, reply_patience, recording ? &*recording : nullptr, delivery};
  const bool at_terminal = settings.count == 0 && !settings.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  const auto count = settings.count > 0 ? std::optional(settings.count) : std::nullopt;
  const int exit_code =
      at_terminal ? tools::converse_at_terminal(conversation) : tools::converse_in_batch(conversation, count);
  conversing = 0;
  if (recording) recording->end();
  client.leave();
  tools::show(printer.goodbye());
  if (!std::cout.flush()) {
    tools::complain(app, "cannot write to standard output");
    return exit_code == tools::exit_fine ? tools::exit_failed : exit_code;
  }
  return exit_code;
}

}  // namespace

bool rollcall::tools::was_interrupted() noexcept { return interrupted != 0; }

int rollcall::tools::wait_for(std::span<pollfd> fds, int timeout_ms) noexcept {
  sigset_t sigint;
  sigset_t before;
  sigemptyset(&sigint);
  sigaddset(&sigint, SIGINT);
  pthread_sigmask(SIG_BLOCK, &sigint, &before);
  const timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
  errno = EINTR;
  const int ready =
      was_interrupted() ? -1 : ppoll(fds.data(), fds.size(), timeout_ms < 0 ? nullptr : &timeout, &before);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return ready;
}

int main(int argc, char** argv) {
  CLI::App app("Talks to a rollcall server: at a terminal, or from a pipe, a message a line.", "rollcall-client");
  Settings settings;
  add_options(app, settings);
  int exit_code = tools::exit_fine;
  if (!tools::parse(app, argc, argv, exit_code)) return exit_code;
  if (!settings.new_key_file.empty()) return tools::make_key(app, settings.new_key_file);
  catch_interrupts();
  try {
    return run(app, settings);
  } catch (const rollcall::Error& error) {
    const bool config = error.kind() == rollcall::Error::Kind::config;
    tools::complain(app, config ? error.what() : std::string(error.what()) + ": give another --server");
    return config ? tools::exit_usage : tools::exit_no_connection;
  }
}
