// A load in several processes, because one has not enough file descriptors for its clients: each drives an equal share
// of them; this process starts them at the same moment, adds up their samples, and ends them. One thread, and none may
// exist in this process when it begins, since it forks.
#pragma once

#include "replay/load.hpp"

namespace rollcall::replay {

/// Like run_load(), in `processes` processes. They have ended when it returns or throws.
LoadResult run_load_in_processes(const LoadPlan& plan, unsigned processes, const OnSample& on_sample);

}  // namespace rollcall::replay
