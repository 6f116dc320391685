#include "replay/settings.hpp"

#include <array>
#include <cmath>

namespace rollcall::replay {
namespace {

constexpr std::array script_only = {"--speed", "--loop", "--max-wait", "--only", "--seed", "--dry-run"};
constexpr std::array load_only = {"--rate",          "--window", "--duration", "--message",
                                  "--max-in-flight", "--ramp",   "--timeout"};
// A request a nanosecond; beyond what any machine does.
constexpr double rate_max = 1e9;

/// "2x", "0.5x", "2" or "max"; nothing for anything else.
std::optional<double> speed_of(const std::string& text) {
  if (text == "max") return 0;
  std::size_t used = 0;
  double speed = 0;
  try {
    speed = std::stod(text, &used);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  const std::string rest = text.substr(used);
  if ((!rest.empty() && rest != "x") || !std::isfinite(speed) || speed <= 0) return std::nullopt;
  return speed;
}

void add_script_options(CLI::App& app, Settings& settings) {
  app.add_option("SCRIPT", settings.script, "JSON Lines, as proto/SCRIPT.md describes them; - for standard input");
  app.add_option_function<std::string>(
         "--speed", [&settings](const std::string& text) { settings.speed = speed_of(text).value_or(1); },
         "How fast time passes in the script: 2x, 0.5x, or max for no waiting at all")
      ->type_name("SPEED")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return speed_of(text) ? std::string() : "'" + text + "' is no speed: give 2x, 0.5x or max";
          },
          ""))
      ->default_str("1x");
  app.add_option("--loop", settings.loops, "How often the script is played")->check(CLI::Range(1U, 1'000'000'000U));
  tools::add_duration(app, "--max-wait", settings.wait_max, "Cuts silences in the script to this")->default_str("");
  app.add_option("--only", settings.only,
                 "Sends the requests of this client, or pattern, alone; the others come and go")
      ->type_name("NAME");
  app.add_option("--seed", settings.seed, "Of everything random, in place of the script's own")->default_str("");
  app.add_flag("--dry-run", settings.dry_run, "Checks the script, and prints what would happen");
}

void add_load_options(CLI::App& app, Settings& settings) {
  app.add_option("--rate", settings.rate, "Load without a script: requests a second in all, sent when they are due")
      ->check(CLI::Range(0.001, rate_max))
      ->default_str("");
  app.add_option("--window", settings.window, "Load without a script: requests that each client keeps in flight")
      ->check(CLI::Range(1U, 1'000'000U))
      ->default_str("");
  tools::add_duration(app, "--duration", settings.duration, "How long the load lasts");
  app.add_option("--message", settings.message, "What is sent")->type_name("TEXT");
  app.add_option("--max-in-flight", settings.in_flight_max, "With --rate: unanswered requests of all clients at most")
      ->check(CLI::Range(1U, 100'000'000U))
      ->default_str("as many as clients");
  tools::add_duration(app, "--ramp", settings.ramp, "Time over which the clients join, and the rate rises");
  tools::add_duration(app, "--timeout", settings.timeout, "How long to wait for a reply");
}

void add_report_options(CLI::App& app, Settings& settings) {
  app.add_option(
         "--fail-on", settings.fail_on,
         "What has to hold, such as p99<50ms, errors==0 or expectations==100%; exit 1 where one does not; repeatable")
      ->type_name("THRESHOLD")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)  // what follows it may be the script
      ->default_str("");
  app.add_option("--json", settings.json, "Also writes the report as JSON")->type_name("FILE");
  app.add_option("--junit", settings.junit, "Also writes it as JUnit's XML")->type_name("FILE");
  app.add_option("--html", settings.html, "Also writes it as one page with charts")->type_name("FILE");
  app.add_flag("--quiet", settings.quiet, "No report on standard output");
}

bool is_given(const CLI::App& app, const char* option) { return app.get_option(option)->count() > 0; }

}  // namespace

void add_options(CLI::App& app, Settings& settings) {
  tools::add_common_options(app, settings.language);
  tools::add_server_options(app, settings.server);
  tools::add_duration(app, "--patience", settings.patience, "How long to wait for the server");
  app.add_option("--clients", settings.clients,
                 "Clients of the load; with a script, of each join under a pattern, in place of its number")
      ->check(CLI::Range(1U, 1'000'000U))
      ->default_str("");
  add_script_options(app, settings);
  add_load_options(app, settings);
  add_report_options(app, settings);
}

std::optional<std::string> problem_of(const CLI::App& app, const Settings& settings) {
  if (settings.script.empty()) {
    for (const char* option : script_only) {
      if (is_given(app, option)) return std::string(option) + " is for a script: give one, or leave it out";
    }
    if (settings.rate <= 0 && settings.window == 0) {
      return "nothing to do: give a SCRIPT, or --rate or --window for a load without one";
    }
    if (settings.rate > 0 && settings.window > 0) {
      return "--rate sends when requests are due, --window when replies have come: give one of them";
    }
    if (settings.duration.count() == 0) return "--duration: give more than 0";
    return std::nullopt;
  }
  for (const char* option : load_only) {
    if (is_given(app, option)) return std::string(option) + " is for a load without a script: leave one of them out";
  }
  return std::nullopt;
}

}  // namespace rollcall::replay
