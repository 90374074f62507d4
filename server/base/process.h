// The system's figures for this process, for the process_... metrics.
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
  std::optional<int64_t> memory_limit_bytes = {};  // nothing if there is none, or it is not known
};

// Its resident memory. Zero if it is not known.
int64_t ResidentBytes();

// The lowest memory limit from the control group that `own` names (in the format of /proc/self/cgroup) up to the
// topmost, below `root` (cgroup v2). Nothing if there is none.
std::optional<int64_t> MemoryLimit(const std::string& own = "/proc/self/cgroup",
                                   const std::string& root = "/sys/fs/cgroup");

// Reads /proc and asks the kernel; takes microseconds. Unavailable values are zero.
ProcessUse ReadProcessUse();

Readings ReadingsOf(const ProcessUse& use);

// The host name of the machine or container.
std::string HostName();

}  // namespace webex_gateway
