// Flags, environment and configuration file of a program, in that order of precedence. Main thread only.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

namespace rollcall::tools {

enum class Language { portuguese, english };

/// Adds what every program has: `--lang`, `--config`, `--version`, and turns `--help` into one that names sources and
/// units.
void add_common_options(CLI::App& app, Language& language);

/// An option whose value is a duration: a number of seconds, or with a unit: 250ms, 1.5s.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& description);
/// An option whose value is a size in bytes: a number, or with a unit: 64KiB, 1MiB.
CLI::Option* add_size(CLI::App& app, const std::string& name, std::size_t& value, const std::string& description);

/// Reads the command line, then for options that are not on it ROLLCALL_NAME from the environment, then the `--config`
/// file (TOML or INI). Returns true when the program should go on. Otherwise `exit_code` is set: help or version were
/// printed, or one line on stderr names the setting and the remedy.
bool parse(CLI::App& app, int argc, const char* const* argv, int& exit_code);

/// `program: message` on stderr.
void complain(const CLI::App& app, const std::string& message);

}  // namespace rollcall::tools
