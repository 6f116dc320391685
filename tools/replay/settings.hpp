// The command line of rollcall-replay. Main thread only.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/server_address.hpp"
#include "replay/thresholds.hpp"

namespace rollcall::replay {

struct Settings {
  tools::ServerAddress server;
  tools::Language language = tools::Language::portuguese;
  std::optional<std::uint32_t> clients;
  std::chrono::milliseconds patience{3000};  ///< for the server

  // With a script.
  std::string script;
  double speed = 1;  ///< 0: as fast as it goes
  std::uint32_t loops = 1;
  std::chrono::milliseconds wait_max = std::chrono::milliseconds::max();
  std::string only;
  std::optional<std::uint64_t> seed;
  bool dry_run = false;

  // Load without one.
  double rate = 0;           ///< requests a second; 0: closed loop
  std::uint32_t window = 0;  ///< closed loop: requests in flight for each client; 0: open loop
  std::chrono::milliseconds duration{10'000};
  std::string message = "Hello, Server!";
  std::uint32_t in_flight_max = 0;  ///< open loop: of all clients together; 0: as many as clients
  std::chrono::milliseconds ramp{0};
  std::chrono::milliseconds timeout{10'000};

  // The report.
  std::vector<std::string> fail_on;
  std::string json;
  std::string junit;
  std::string html;
  bool quiet = false;
};

void add_options(CLI::App& app, Settings& settings);

/// What does not go together, and what to do; nothing when all is well.
[[nodiscard]] std::optional<std::string> problem_of(const CLI::App& app, const Settings& settings);

}  // namespace rollcall::replay
