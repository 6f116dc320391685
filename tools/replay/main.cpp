// rollcall-replay: conversations as tests and as load.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "common/command_line.hpp"
#include "common/exit_code.hpp"
#include "io/client_keys.hpp"
#include "io/endpoint_error.hpp"
#include "io/signals.hpp"
#include "replay/load.hpp"
#include "replay/report.hpp"
#include "replay/script_error.hpp"
#include "replay/script_run.hpp"
#include "replay/settings.hpp"
#include "rollcall/error.hpp"

namespace {

namespace tools = rollcall::tools;
namespace replay = rollcall::replay;

std::string no_server(const replay::Settings& settings) {
  const bool english = settings.language == tools::Language::english;
  return fmt::format(
      fmt::runtime(
          english
              ? "no server answered at {} within {:g} s: is rollcall-server running there? (see --server)"
              : "nenhum servidor respondeu em {} dentro de {:g} s: o rollcall-server está rodando lá? (veja --server)"),
      settings.server.endpoint(), std::chrono::duration<double>(settings.patience).count());
}

void run_load(const replay::Settings& settings, replay::Report& report, int interrupt_fd) {
  replay::LoadPlan plan;
  plan.endpoint = settings.server.endpoint();
  plan.keys = rollcall::io::read_client_keys(settings.server.server_key, settings.server.key_file);
  plan.clients = settings.clients.value_or(1);
  plan.rate = settings.rate;
  plan.window = settings.window;
  plan.max_in_flight = settings.in_flight_max;
  plan.duration = settings.duration;
  plan.ramp = settings.ramp;
  plan.message = settings.message;
  plan.timeout = settings.timeout;
  plan.patience = settings.patience;
  plan.interrupt_fd = interrupt_fd;
  replay::Run& run = report.run();
  run.title = settings.rate > 0 ? "open loop" : "closed loop";
  run.server = plan.endpoint;
  run.open_loop = plan.rate > 0;
  run.planned_rate = plan.rate;
  const replay::LoadResult result =
      replay::run_load(plan, [&report](const replay::Sample& sample, double from_s, double interval_s) {
        report.add(sample, from_s, interval_s);
      });
  run.seconds = result.seconds;
  run.interrupted = result.interrupted;
  run.notes = result.notes;
}

int run(const CLI::App& app, const replay::Settings& settings) {
  if (settings.dry_run) {
    replay::print_dry_run(settings);
    return tools::exit_fine;
  }
  replay::Report report(settings);
  const rollcall::io::Signals signals(false);
  if (settings.script.empty()) {
    run_load(settings, report, signals.fd());
  } else if (replay::play_script(settings, report, signals.fd()) == replay::Player::End::no_server) {
    tools::complain(app, no_server(settings));
    return tools::exit_no_connection;
  }
  report.finish();
  if (report.run().interrupted) return tools::exit_interrupted;
  return report.passed() ? tools::exit_fine : tools::exit_failed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Plays scripted or recorded conversations against a rollcall server, or puts it under load.",
               "rollcall-replay");
  replay::Settings settings;
  replay::add_options(app, settings);
  int exit_code = tools::exit_fine;
  if (!tools::parse(app, argc, argv, exit_code)) return exit_code;
  if (const auto problem = replay::problem_of(app, settings)) {
    tools::complain(app, *problem + " (see --help)");
    return tools::exit_usage;
  }
  try {
    return run(app, settings);
  } catch (const rollcall::io::EndpointError& error) {
    tools::complain(app, std::string(error.what()) + ": give another --server");
    return tools::exit_no_connection;
  } catch (const replay::LoadError& error) {
    tools::complain(app, error.what());
    return error.kind() == replay::LoadError::Kind::failed ? tools::exit_failed : tools::exit_no_connection;
  } catch (const std::exception& error) {  // of scripts, thresholds, files: each names itself and the remedy
    tools::complain(app, error.what());
    return tools::exit_usage;
  }
}
