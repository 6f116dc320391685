// Plays a script, or says what it would do. One thread.
#pragma once

#include "replay/player.hpp"
#include "replay/report.hpp"
#include "replay/settings.hpp"

namespace rollcall::replay {

/// Throws ScriptError, io::EndpointError, and tools' config Error where there is no room for its clients.
Player::End play_script(const Settings& settings, Report& report, int interrupt_fd);

/// `--dry-run`: prints it on standard output. Throws ScriptError.
void print_dry_run(const Settings& settings);

}  // namespace rollcall::replay
