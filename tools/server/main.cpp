// rollcall-server: the Server class with a greeting for a handler, a log and a command line.
#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/command_line.hpp"
#include "common/exit_code.hpp"
#include "common/key_option.hpp"
#include "rollcall/server.hpp"
#include "server/event_log.hpp"
#include "server/http/http_service.hpp"
#include "server/page_assets.hpp"
#include "server/recording.hpp"

namespace {

namespace http = rollcall::http;
namespace tools = rollcall::tools;

/// For the last lines of the log to be read.
constexpr std::chrono::milliseconds log_patience{1000};

struct Settings {
  rollcall::ServerConfig server;
  std::uint16_t port = 8080;
  std::vector<std::string> endpoints;
  std::optional<std::string> greeting;
  tools::Language language = tools::Language::portuguese;
  std::string log_format = "text";
  std::string record;
  std::string new_key_file;
  std::optional<http::ListenAddress> http;
  bool force = false;
  bool quiet = false;
};

/// What CLI11 is to say of a value of --http; empty when it is good.
std::string is_listen_address(const std::string& text) {
  if (http::parse_listen_address(text)) return {};
  return "'" + text + "' is not HOST:PORT: give an IP address or localhost, and a port up to 65535";
}

void add_options(CLI::App& app, Settings& settings) {
  rollcall::ServerConfig& server = settings.server;
  server.workers = std::max(2U, std::thread::hardware_concurrency());
  tools::add_common_options(app, settings.language);
  app.add_option("--port", settings.port, "TCP port on 127.0.0.1; 0 for any free one");
  app.add_option("--bind", settings.endpoints,
                 "ZeroMQ endpoint instead, such as tcp://127.0.0.1:9000 or ipc:///run/rollcall; repeatable")
      ->type_name("ENDPOINT")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->take_all();
  app.add_flag("--insecure", server.insecure, "Allow --bind beyond loopback, unencrypted");
  app.add_option("--secret-key", server.secret_key_file, "File with the server's secret key: encrypt all connections")
      ->type_name("FILE");
  app.add_option("--authorized-keys", server.authorized_keys_file,
                 "File with who may come in, a public key and a name a line; read again on SIGHUP")
      ->type_name("FILE");
  tools::add_key_option(app, settings.new_key_file);
  app.add_option("--workers", server.workers, "Threads that run the handler");
  app.add_option("--greeting", settings.greeting,
                 "What every message is answered with; {count} is the number of clients")
      ->type_name("TEXT")
      ->default_str("Hello, Client! Conexões ativas: {count}");
  app.add_option("--max-clients", server.clients_max, "Clients at a time");
  app.add_option("--window", server.window, "Unanswered requests of one client");
  tools::add_size(app, "--max-message", server.message_bytes_max, "Largest message");
  tools::add_size(app, "--max-queue", server.queue_bytes_max, "Unanswered bytes of one client");
  tools::add_size(app, "--max-queue-total", server.total_queue_bytes_max, "Unanswered bytes of all clients");
  tools::add_size(app, "--max-unread", server.unread_bytes_max, "Answers that one client has not read");
  tools::add_size(app, "--max-unread-total", server.total_unread_bytes_max, "Answers that all clients have not read");
  app.add_option("--max-strangers", server.strangers_max, "Connections without a session at a time");
  tools::add_size(app, "--reply-cache", server.reply_cache_bytes_max, "Answers kept for clients that come back");
  tools::add_duration(app, "--resume-timeout", server.resume_timeout, "Time to come back after a lost connection");
  tools::add_duration(app, "--handler-timeout", server.handler_timeout, "Time for one request's handler; 0: no bound");
  tools::add_duration(app, "--heartbeat", server.heartbeat, "Time between two PINGs to a silent client");
  tools::add_duration(app, "--heartbeat-timeout", server.heartbeat_timeout,
                      "Time for its PONG; best below --heartbeat");
  tools::add_duration(app, "--drain-timeout", server.drain_timeout, "Time for accepted requests after SIGTERM");
  app.add_option_function<std::string>(
         "--http", [&settings](const std::string& text) { settings.http = http::parse_listen_address(text); },
         "Serve a live page, /metrics and /api/v1 here")
      ->type_name("HOST:PORT")
      ->check(is_listen_address);
  app.add_option("--log-format", settings.log_format, "text, or json: an object a line")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--record", settings.record, "Write all that happens into this file, for rollcall-replay")
      ->type_name("FILE");
  app.add_flag("--force", settings.force, "Let --record replace a file")->configurable(false);
  app.add_flag("--quiet", settings.quiet, "Print nothing but errors");
}

/// What follows from the settings that were given.
void complete(Settings& settings) {
  settings.server.handle_signals = true;
  if (settings.endpoints.empty()) settings.endpoints = {fmt::format("tcp://127.0.0.1:{}", settings.port)};
  settings.server.endpoints = settings.endpoints;
  if (settings.http && !settings.http->is_local && !settings.server.insecure) {
    throw rollcall::Error(rollcall::Error::Kind::config,
                          "http: " + settings.http->host +
                              " is open to the network, and whoever finds it reads who is here: give 127.0.0.1:PORT, "
                              "or say --insecure");
  }
}

/// On stderr, since stdout is the conversation's.
void announce_bound(const rollcall::Server& server, const rollcall::ServerConfig& config) {
  const double bound_s = static_cast<double>((config.heartbeat + config.heartbeat_timeout).count()) / 1000.0;
  std::cerr << fmt::format("rollcall-server {}: a client that freezes or is cut off leaves the count within {:g} s\n",
                           ROLLCALL_VERSION, bound_s);
  if (server.clients_max() < config.clients_max) {
    std::cerr << fmt::format(
        "rollcall-server: max-clients is {} instead of {}: raise the limit on open files (ulimit -n)\n",
        server.clients_max(), config.clients_max);
  }
}

/// Before any thread starts: they all inherit it. SIGINT, SIGTERM and SIGHUP wait for the server to take them, and
/// SIGPIPE does not end it when the reader of its log is gone.
void hold_signals(bool with_hangup) {
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&held, signal);
  if (with_hangup) sigaddset(&held, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &held, nullptr);
}

int serve(const CLI::App& app, Settings& settings) {
  std::optional<tools::EventLog> log;
  if (!settings.quiet) {
    const bool json = settings.log_format == "json";
    log.emplace(json ? tools::EventLog::Format::json : tools::EventLog::Format::text, settings.language);
  }
  settings.server.observer = [&log](const rollcall::ServerEvent& event) {
    if (event.kind == rollcall::ServerEvent::Kind::draining) sd_notify(0, "STOPPING=1");
    if (log) log->happened(event);
  };
  std::optional<tools::Recording> recording;
  if (!settings.record.empty()) {
    settings.server.recorder = [&recording](const rollcall::RecordedStep& step) { recording->happened(step); };
  }
  const auto greeting = settings.greeting ? rollcall::greeting(*settings.greeting) : rollcall::greeting();
  rollcall::Server server(settings.server, greeting);
  std::optional<http::HttpService> service;
  if (settings.http) service.emplace(server, settings.server, *settings.http, http::find_asset);
  if (!settings.record.empty()) {  // after all endpoints are ours: without them there is nothing to record
    tools::Recording::Options options;
    options.file = settings.record;
    options.force = settings.force;
    options.complain = [&app](const std::string& text) { tools::complain(app, text); };
    recording.emplace(std::move(options));
  }
  if (log) {
    announce_bound(server, settings.server);
    log->started(server, settings.server, service ? service->url() : std::string());
  }
  sd_notify(0, "READY=1");  // to the service manager that has started this, if one has: sd_notify(3)
  const rollcall::Server::End end = server.run();
  service.reset();
  if (recording) recording->close();
  if (log) log->stopped(end);
  const bool log_ended = !log || log->close(log_patience);
  const bool drained = end == rollcall::Server::End::drained;
  const int exit_code = drained ? tools::exit_fine : tools::exit_interrupted;
  if (drained && log_ended) return exit_code;
  // A handler's thread or the log's still runs: no destructor may pull anything from under it.
  std::_Exit(exit_code);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A ZeroMQ request/reply server that always knows who is connected.", "rollcall-server");
  Settings settings;
  add_options(app, settings);
  int exit_code = tools::exit_fine;
  if (!tools::parse(app, argc, argv, exit_code)) return exit_code;
  if (!settings.new_key_file.empty()) return tools::make_key(app, settings.new_key_file);
  try {
    hold_signals(!settings.server.authorized_keys_file.empty());
    complete(settings);
    return serve(app, settings);
  } catch (const rollcall::Error& error) {
    const bool endpoint = error.kind() == rollcall::Error::Kind::endpoint;
    const std::string text = error.what();
    tools::complain(app, endpoint ? text + ": give another --port or --bind, or end what uses this one" : text);
    return endpoint ? tools::exit_no_connection : tools::exit_usage;
  } catch (const http::ListenError& error) {
    tools::complain(app, std::string("http: ") + error.what() + ": give another --http, or end what uses this one");
    return tools::exit_no_connection;
  } catch (const std::bad_alloc&) {
    tools::complain(
        app, "out of memory: its bounds, such as --max-clients and --max-unread-total, allow more than there is");
    return tools::exit_failed;
  } catch (const std::exception& error) {
    tools::complain(app, error.what());
    return tools::exit_failed;
  }
}
