// How the gateway stops, step by step, each within its limit.
#pragma once

#include <functional>

#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/ops/stop_limits.h"

namespace webex_gateway {

// What a stop does to the gateway's parts; called on the loop. A step with `done` calls it there when it is over, at
// once or later; `done` may be kept for good.
struct StopSteps {
  using Done = std::function<void()>;

  std::function<void()> not_ready;
  std::function<void()> refuse_orders;
  std::function<void(Done done)> await_idle;  // over once no order is under way
  std::function<void(Done done)> stop_tokens;
};

// The first part, while the server still takes calls. Not ready at once; after the drain delay orders are refused; ends
// as soon as no order is under way then, and at the drain timeout at the latest. Whether none is.
Async<bool> Drain(Clock& clock, StopLimits limits, StopSteps steps);

// What was not over at its limit: the process must end then without destroying what that still uses.
enum class Unfinished { kNothing, kOrders, kTokens };

// The second part, when the server has ended: the last orders go on record, then the source of tokens stops.
Async<Unfinished> EndWork(Clock& clock, StopLimits limits, StopSteps steps);

}  // namespace webex_gateway
