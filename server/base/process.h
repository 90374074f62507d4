// What the system says of this process, for the process_... metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/reading.h"

namespace webex_gateway {

struct ProcessUse {
  int64_t resident_bytes = 0;
  int64_t open_fds = 0;
  int64_t max_fds = 0;
  absl::Duration cpu;                              // user and system, all threads, since the start
  std::optional<int64_t> memory_limit_bytes = {};  // nothing where there is none, or the system does not say
};

// What it has in memory. Zero where the system does not say.
int64_t ResidentBytes();

// The least limit of memory on the way from the control group that `own` (of the form of /proc/self/cgroup) names up to
// the top, below `root` (cgroup v2). Nothing where there is none.
std::optional<int64_t> MemoryLimit(const std::string& own = "/proc/self/cgroup",
                                   const std::string& root = "/sys/fs/cgroup");

// Reads /proc and asks the kernel; takes microseconds. What cannot be had is zero.
ProcessUse ReadProcessUse();

Readings ReadingsOf(const ProcessUse& use);

// Of the machine or container, as the system has it.
std::string HostName();

}  // namespace webex_gateway
