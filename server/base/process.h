// What the system says of this process, for the process_... metrics.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/base/reading.h"

namespace webex_gateway {

struct ProcessUse {
  int64_t resident_bytes = 0;
  int64_t open_fds = 0;
  int64_t max_fds = 0;
  absl::Duration cpu;  // user and system, all threads, since the start
};

// What it has in memory. Zero where the system does not say.
int64_t ResidentBytes();

// Reads /proc and asks the kernel; takes microseconds. What cannot be had is zero.
ProcessUse ReadProcessUse();

Readings ReadingsOf(const ProcessUse& use);

// Of the machine or container, as the system has it.
std::string HostName();

}  // namespace webex_gateway
