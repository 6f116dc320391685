#include "replay/script_run.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <random>
#include <stdexcept>

#include "io/client_keys.hpp"
#include "io/client_swarm.hpp"
#include "replay/checker.hpp"
#include "replay/dry_run.hpp"
#include "replay/script_reader.hpp"
#include "replay/values.hpp"
#include "rollcall/error.hpp"

namespace rollcall::replay {
namespace {

// Of a script that can be read once only, nobody knows how many clients it will have.
constexpr std::size_t clients_of_a_pipe_max = 9000;

std::uint64_t seed_of(const Settings& settings, const Header& header) {
  if (settings.seed) return *settings.seed;
  if (header.seed) return *header.seed;
  return std::random_device{}();
}

bool is_read_once(const Settings& settings) {
  return settings.script == "-" || !std::filesystem::is_regular_file(settings.script);
}

/// `--clients`: as many of every join under a pattern.
void set_number(Step& step, std::uint32_t clients) {
  if (step.kind == Step::Kind::join && is_pattern(step.client)) step.number = clients;
  for (Step& inner : step.steps) set_number(inner, clients);
}

/// A script's next step as it is meant to be played, checked.
std::optional<Step> next_step(ScriptReader& reader, Checker& checker, const Settings& settings) {
  auto step = reader.next();
  if (step && settings.clients) set_number(*step, *settings.clients);
  if (step) checker.add(*step);
  return step;
}

/// How many clients a script has at a time, at most; a whole pass over it, that finds what cannot work.
std::size_t clients_of(const Settings& settings, const Values& values) {
  ScriptReader reader(settings.script);
  Checker checker(settings.script, values);
  while (next_step(reader, checker, settings)) {
  }
  return static_cast<std::size_t>(checker.summary().clients_most);
}

void make_room(std::size_t clients) {
  const std::size_t room = io::ClientSwarm::make_room(clients);
  if (room >= clients) return;
  throw Error(Error::Kind::config, fmt::format("{} clients need two file descriptors each, and there is room for {}: "
                                               "raise the limit on open files (ulimit -n)",
                                               clients, room));
}

/// Standard input, which ends when the run is to end.
ScriptReader interruptible_reader(const Settings& settings, int interrupt_fd) {
  if (settings.script != "-") return ScriptReader(settings.script);
  return {settings.script, [source = file_source("-"), interrupt_fd](char* buffer, std::size_t size) -> std::size_t {
            std::array<pollfd, 2> items = {{{STDIN_FILENO, POLLIN, 0}, {interrupt_fd, POLLIN, 0}}};
            poll(items.data(), items.size(), -1);
            return items[1].revents != 0 ? 0 : source(buffer, size);
          }};
}

}  // namespace

Player::End play_script(const Settings& settings, Report& report, int interrupt_fd) {
  const bool is_once = is_read_once(settings);
  if (is_once && settings.loops > 1) throw Error(Error::Kind::config, "--loop: a pipe can be read once: give a file");
  std::optional<ScriptReader> reader(interruptible_reader(settings, interrupt_fd));
  const Header header = reader->header();
  const std::uint64_t seed = seed_of(settings, header);
  const Values values(header, reader->csv_path(), seed);
  Player::Options options;
  options.endpoint = settings.server.endpoint();
  options.keys = io::read_client_keys(settings.server.server_key, settings.server.key_file);
  if (is_once) {
    options.clients_max = std::min(clients_of_a_pipe_max, io::ClientSwarm::make_room(clients_of_a_pipe_max));
  } else {
    options.clients_max = clients_of(settings, values);
    make_room(options.clients_max + 1);
  }
  options.timeline.speed = settings.speed;
  if (settings.wait_max != std::chrono::milliseconds::max()) options.timeline.wait_max = settings.wait_max;
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
    Checker checker(settings.script, values);  // again, since what comes through a pipe is seen for the first time
    end = player.play([&] { return next_step(*reader, checker, settings); });
  }
  player.finish();
  run.interrupted = end == Player::End::interrupted;
  if (!settings.only.empty() && run.total.due == 0)
    run.notes.push_back("--only " + settings.only + ": nobody of that name sends anything");
  return end;
}

void print_dry_run(const Settings& settings) {
  ScriptReader reader(settings.script);
  const Values values(reader.header(), reader.csv_path(), seed_of(settings, reader.header()));
  dry_run(reader, values, [](std::string_view line) { std::cout << line << '\n'; });
  std::cout << std::flush;
}

}  // namespace rollcall::replay
