#include "replay/load.hpp"

#include "io/client_swarm.hpp"
#include "io/clock.hpp"
#include "replay/load_driver.hpp"
#include "replay/load_processes.hpp"
#include "replay/readable.hpp"

namespace rollcall::replay {
namespace {

LoadResult run_here(const LoadPlan& plan, const OnSample& on_sample) {
  LoadDriver::Lead lead;
  lead.fd = plan.interrupt_fd;
  lead.stopped = [fd = plan.interrupt_fd] { return is_readable(fd); };
  lead.start = [] { return std::optional(io::clock_now()); };
  lead.on_sample = on_sample;
  return LoadDriver(plan, 1, std::move(lead)).run();
}

}  // namespace

LoadResult run_load(const LoadPlan& plan, const OnSample& on_sample) {
  const std::size_t room = io::ClientSwarm::make_room(plan.clients);
  if (room >= plan.clients) return run_here(plan, on_sample);
  if (room == 0) {
    throw LoadError(LoadError::Kind::failed, "no file descriptors for clients: raise the limit (ulimit -n)");
  }
  const auto processes = static_cast<unsigned>((plan.clients + room - 1) / room);
  LoadResult result = run_load_in_processes(plan, processes, on_sample);
  result.notes.push_back(std::to_string(plan.clients) + " clients ran in " + std::to_string(processes) +
                         " processes, as one has descriptors for " + std::to_string(room));
  return result;
}

}  // namespace rollcall::replay
