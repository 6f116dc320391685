#include "replay/script_run.hpp"

#include <fmt/format.h>

#include <iostream>
#include <random>
#include <stdexcept>

#include "io/client_swarm.hpp"
#include "replay/checker.hpp"
#include "replay/dry_run.hpp"
#include "replay/script_reader.hpp"
#include "replay/values.hpp"
#include "rollcall/error.hpp"

namespace rollcall::replay {
namespace {

// Where a script comes through a pipe, nobody knows how many clients it has.
constexpr std::size_t clients_of_a_pipe_max = 9000;

std::uint64_t seed_of(const Settings& settings, const Header& header) {
  if (settings.seed) return *settings.seed;
  if (header.seed) return *header.seed;
  return std::random_device{}();
}

bool is_pipe(const Settings& settings) { return settings.script == "-"; }

/// How many clients a script has at a time, at most; a whole pass over it, that finds what cannot work.
std::size_t clients_of(const Settings& settings, const Values& values) {
  ScriptReader reader(settings.script);
  const Summary summary = check_script(reader, values);
  if (!settings.clients) return static_cast<std::size_t>(summary.clients_most);
  return static_cast<std::size_t>(summary.clients_most) * *settings.clients;
}

void make_room(std::size_t clients) {
  const std::size_t room = io::ClientSwarm::make_room(clients);
  if (room >= clients) return;
  throw Error(Error::Kind::config, fmt::format("{} clients need two file descriptors each, and there is room for {}: "
                                               "raise the limit on open files (ulimit -n)",
                                               clients, room));
}

}  // namespace

Player::End play_script(const Settings& settings, Report& report, int interrupt_fd) {
  std::optional<ScriptReader> reader(std::in_place, settings.script);
  const Header header = reader->header();
  const std::uint64_t seed = seed_of(settings, header);
  const Values values(header, reader->csv_path(), seed);
  Player::Options options;
  options.endpoint = settings.server.endpoint();
  options.clients_max = is_pipe(settings) ? clients_of_a_pipe_max : clients_of(settings, values);
  if (!is_pipe(settings)) make_room(options.clients_max + 1);
  options.timeline.speed = settings.speed;
  if (settings.wait_max != std::chrono::milliseconds::max()) options.timeline.wait_max = settings.wait_max;
  options.clients = settings.clients;
  options.only = settings.only;
  options.patience = settings.patience;
  options.interrupt_fd = interrupt_fd;
  Run& run = report.run();
  run.title = header.title.empty() ? settings.script : header.title;
  run.server = options.endpoint;
  run.seed = seed;
  Player player(options, header, values, [&report](const Sample& sample, double from_s, double interval_s) {
    report.add(sample, from_s, interval_s);
  });
  auto end = Player::End::played;
  for (std::uint32_t loop = 0; loop < settings.loops && end == Player::End::played; ++loop) {
    if (loop > 0) reader.emplace(settings.script);
    Checker checker(settings.script, values);  // again, since a script through a pipe is seen for the first time
    end = player.play([&reader, &checker] {
      auto step = reader->next();
      if (step) checker.add(*step);
      return step;
    });
  }
  player.finish();
  run.interrupted = end == Player::End::interrupted;
  return end;
}

void print_dry_run(const Settings& settings) {
  ScriptReader reader(settings.script);
  const Values values(reader.header(), reader.csv_path(), seed_of(settings, reader.header()));
  dry_run(reader, values, [](std::string_view line) { std::cout << line << '\n'; });
  std::cout << std::flush;
}

}  // namespace rollcall::replay
