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
#include "client/roster_modes.hpp"
#include "client/text_width.hpp"
#include "common/command_line.hpp"
#include "common/exit_code.hpp"
#include "common/key_option.hpp"
#include "common/server_address.hpp"
#include "rollcall/client.hpp"

namespace {

namespace tools = rollcall::tools;

volatile std::sig_atomic_t interrupted = 0;  // by which signal
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
  bool who = false;
  bool watch = false;
  tools::Language language = tools::Language::portuguese;
};

void add_options(CLI::App& app, Settings& settings) {
  tools::add_common_options(app, settings.language);
  tools::add_server_options(app, settings.server, true);
  tools::add_key_option(app, settings.new_key_file);
  app.add_option("--name", settings.name, "Your name, as the server's people see it");
  auto* const count = app.add_option("-n", settings.count, "Send the first message this many times, and end")
                          ->type_name("COUNT")
                          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53U))
                          ->default_str("");
  tools::add_duration(app, "-W,--wait", settings.patience, "How long to wait for the server and for each reply")
      ->check(CLI::Validator([](std::string& ms) { return ms == "0" ? "give more than 0" : std::string(); }, ""))
      ->default_str("3 for the server, 10 for a reply");
  app.add_flag("--idempotent", settings.idempotent,
               "Requests may be run twice: send them again when the server ended before it answered");
  app.add_flag("--json", settings.json, "One JSON object a reply, roster or change, and nothing else, on stdout");
  auto* const record =
      app.add_option("--record", settings.record, "Write the conversation into this file, for rollcall-replay")
          ->type_name("FILE");
  auto* const who = app.add_flag("--who", settings.who, "Show who is connected, and end")->excludes(count, record);
  app.add_flag("--watch", settings.watch,
               "Show who is connected, then who comes and goes; -W is how long the server may be away")
      ->excludes(count, record, who);
  app.add_flag("--force", settings.force, "Let --record replace a file")->configurable(false);
}

/// Ctrl-C ends the conversation, and the program says goodbye; before and after it, Ctrl-C ends the program at once.
/// So does SIGTERM with --watch, which nothing else ends.
void catch_interrupts(bool watch) {
  struct sigaction action {};
  action.sa_handler = [](int signal) {
    if (conversing == 0) _exit(signal == SIGINT ? tools::exit_interrupted : tools::exit_fine);
    interrupted = signal;
  };
  sigaction(SIGINT, &action, nullptr);
  if (watch) sigaction(SIGTERM, &action, nullptr);
}

int look_on(const CLI::App& app, const Settings& settings, const tools::Conversation& conversation) {
  const bool patience_given = settings.patience.count() > 0;
  tools::use_utf8_locale();  // for columns
  const auto complain = [&app](const std::string& text) { tools::complain(app, text); };
  const tools::Onlooker onlooker{conversation, complain,
                                 patience_given ? std::optional(settings.patience) : std::nullopt};
  if (settings.who) return tools::show_who_is_here(onlooker);
  conversing = 1;
  const int exit_code = tools::watch_who_comes_and_goes(onlooker);
  conversing = 0;
  return exit_code;
}

int converse(const Settings& settings, const tools::Conversation& conversation) {
  conversing = 1;
  tools::show(conversation.printer.connected());
  const bool at_terminal = settings.count == 0 && !settings.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  const auto count = settings.count > 0 ? std::optional(settings.count) : std::nullopt;
  const int exit_code =
      at_terminal ? tools::converse_at_terminal(conversation) : tools::converse_in_batch(conversation, count);
  conversing = 0;
  return exit_code;
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
  const auto delivery = settings.idempotent ? rollcall::Delivery::at_least_once : rollcall::Delivery::at_most_once;
  const tools::RosterPrinter roster_printer(settings.language, settings.json);
  const tools::Conversation conversation{
      client, printer, roster_printer, reply_patience, recording ? &*recording : nullptr, delivery};
  const bool looks_on = settings.who || settings.watch;
  const int exit_code = looks_on ? look_on(app, settings, conversation) : converse(settings, conversation);
  if (recording) recording->end();
  client.leave();
  if (!looks_on) tools::show(printer.goodbye());
  if (!std::cout.flush()) {
    tools::complain(app, "cannot write to standard output");
    return exit_code == tools::exit_fine ? tools::exit_failed : exit_code;
  }
  return exit_code;
}

}  // namespace

bool rollcall::tools::was_interrupted() noexcept { return interrupted != 0; }

int rollcall::tools::interruption_exit_code() noexcept { return interrupted == SIGTERM ? exit_fine : exit_interrupted; }

int rollcall::tools::wait_for(std::span<pollfd> fds, int timeout_ms) noexcept {
  sigset_t signals;
  sigset_t before;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, &before);
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
  catch_interrupts(settings.watch);
  try {
    return run(app, settings);
  } catch (const rollcall::Error& error) {
    const bool config = error.kind() == rollcall::Error::Kind::config;
    tools::complain(app, config ? error.what() : std::string(error.what()) + ": give another --server");
    return config ? tools::exit_usage : tools::exit_no_connection;
  }
}
