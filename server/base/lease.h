// A gateway's right to go on with what it has claimed, where others may take it over once the gateway seems dead.
#pragma once

#include "server/base/clock.h"

namespace webex_gateway {

// Whoever grants it moves `until` on while it holds, and never afterwards: the others may have taken over since then,
// so what was claimed under a lease that has run out is lost for good. For the loop's thread.
struct Lease {
  Clock::Time until;
  bool Holds(Clock::Time now) const { return now < until; }
};

}  // namespace webex_gateway
