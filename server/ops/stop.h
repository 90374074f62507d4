// Stops the gateway step by step, each within its limit.
#pragma once

#include <functional>

#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/ops/stop_limits.h"

namespace webex_gateway {

// What a stop does to the gateway's components; called on the loop. A step with `done` calls it there when it is over,
// at once or later; `done` may be kept forever.
struct StopSteps {
  using Done = std::function<void()>;

  std::function<void()> not_ready;
  std::function<void()> refuse_orders;
  // Holds answers back. Over once callers are quiet.
  std::function<void(Done done)> hold_answers;
  std::function<void(Done done)> await_idle;  // over once no order is under way
  std::function<void(Done done)> stop_tokens;
  std::function<void(Done done)> flush_spans = [](Done done) { done(); };
};

// The first part, while the server still accepts calls. The gateway is not ready at once; after the drain delay orders
// are refused; it ends when callers are quiet, and can be sent away, or at the limit for that. Returns until when
// orders may be under way: the drain timeout, counted from the refusal of orders.
Async<Clock::Time> RefuseOrders(Clock& clock, StopLimits limits, StopSteps steps);

// The second part, when callers have been sent away: ends as soon as no order is under way, at the latest at `until`.
// Returns whether none is.
Async<bool> AwaitOrders(Clock& clock, Clock::Time until, StopSteps steps);

// What was not over at its limit: then the process must end without destroying what that still uses.
enum class Unfinished { kNothing, kOrders, kTokens, kSpans };

// The last part, when the server has ended: the last orders are recorded, then the token source stops while the last
// spans are sent.
Async<Unfinished> EndWork(Clock& clock, StopLimits limits, StopSteps steps);

}  // namespace webex_gateway
