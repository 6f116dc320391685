#include "process_stats.hpp"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <string>

namespace bench {
namespace {

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

}  // namespace

double cpu_seconds(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (pid == 0) return 0;  // to the call below, this process
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(nanoseconds(time)) / 1e9;
}

std::int64_t resident_kib(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::int64_t all_pages = 0;
  std::int64_t resident_pages = 0;
  file >> all_pages >> resident_pages;
  return resident_pages * (sysconf(_SC_PAGESIZE) / 1024);
}

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return nanoseconds(time);
}

}  // namespace bench
