// The simulated host of a program: its clocks, which are the machine's plus an offset that a test sets while the
// program runs, in a shared page; and its name. clock_shim.cc is the program's side.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace webex_gateway::promise {

inline constexpr char kClocksVariable[] = "WEBEX_TEST_CLOCKS";  // the page's file
inline constexpr char kHostVariable[] = "WEBEX_TEST_HOST";      // the host's name

// Nanoseconds, added to the clock's value.
struct Clocks {
  std::atomic<int64_t> realtime;
  std::atomic<int64_t> monotonic;
  std::atomic<int64_t> boottime;
};

}  // namespace webex_gateway::promise
