// How the programs end: part of their contract with scripts.
#pragma once

namespace rollcall::tools {

enum ExitCode : int {
  exit_fine = 0,
  exit_failed = 1,  // a request ended without a reply, or what nobody expected happened
  exit_usage = 2,   // wrong usage or configuration
  exit_no_connection = 3,
  exit_timed_out = 4,
  exit_interrupted = 130,
};

}  // namespace rollcall::tools
