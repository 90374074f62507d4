// A gateway's right to continue with what it has claimed, while others may take that over once the gateway seems dead.
#pragma once

#include "server/base/clock.h"

namespace webex_gateway {

// The granter extends `until` while the lease holds, and never after it has expired: others may have taken over since
// then, so claims under an expired lease are lost for good. For the loop's thread.
struct Lease {
  Clock::Time until;
  bool Holds(Clock::Time now) const { return now < until; }
};

}  // namespace webex_gateway
