// What a program is made to take its host for: its clocks, which are the machine's own and an offset, set by a test
// while the program runs, in a page that they share; and its name. clock_shim.cc is the program's end.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace webex_gateway::promise {

inline constexpr char kClocksVariable[] = "WEBEX_TEST_CLOCKS";  // the page's file
inline constexpr char kHostVariable[] = "WEBEX_TEST_HOST";      // the host's name

// Nanoseconds, added to what the clock says.
struct Clocks {
  std::atomic<int64_t> realtime;
  std::atomic<int64_t> monotonic;
  std::atomic<int64_t> boottime;
};

}  // namespace webex_gateway::promise
