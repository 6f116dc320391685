// What a process has cost so far, read from outside it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace bench {

/// User and system time of all threads of `pid`, in seconds; 0 where it can't be read, or `pid` is 0.
[[nodiscard]] double cpu_seconds(pid_t pid);
/// Resident memory of `pid` in KiB; 0 where it can't be read.
[[nodiscard]] std::int64_t resident_kib(pid_t pid);
/// Nanoseconds of the monotonic clock.
[[nodiscard]] std::int64_t now_ns();

}  // namespace bench
