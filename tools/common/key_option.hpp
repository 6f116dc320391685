// `--generate-key FILE`: makes a key pair instead of what the program does otherwise. Main thread only.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace rollcall::tools {

/// Adds the option.
void add_key_option(CLI::App& app, std::string& file);

/// Makes the key and prints its public half on stdout; returns the exit code.
int make_key(const CLI::App& app, const std::string& file);

}  // namespace rollcall::tools
