// How the gateway stops: what happens between SIGTERM and the end of the last order.
#pragma once

#include <functional>

#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"

namespace webex_gateway {

struct DrainOptions {
  absl::Duration delay;    // for those who send orders to hear that this gateway is not ready
  absl::Duration timeout;  // after that, for the orders under way
};

// What a drain does to the rest of the gateway; called on the loop.
struct DrainSteps {
  std::function<void()> not_ready;
  std::function<void()> refuse_orders;
  // Calls `then`, which may be kept for good, once no order is under way.
  std::function<void(std::function<void()> then)> when_idle;
};

// Not ready at once, new orders refused after the delay. Ends as soon as no order is under way then, and at the timeout
// at the latest; whether none is.
Async<bool> Drain(Clock& clock, DrainOptions options, DrainSteps steps);

}  // namespace webex_gateway
