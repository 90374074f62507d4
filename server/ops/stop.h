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
  // Holds answers back. Over once callers keep still.
  std::function<void(Done done)> hold_answers;
  std::function<void(Done done)> await_idle;  // over once no order is under way
  std::function<void(Done done)> stop_tokens;
  std::function<void(Done done)> flush_spans = [](Done done) { done(); };
};

// The first part, while the server still takes calls. Not ready at once; after the drain delay orders are refused; ends
// when callers keep still, and can be sent away, at the limit for that at the latest. Until when orders may be under
// way then: for the drain timeout from their refusal on.
Async<Clock::Time> RefuseOrders(Clock& clock, StopLimits limits, StopSteps steps);

// The second part, when callers have been sent away: ends as soon as no order is under way, at `until` at the latest.
// Whether none is.
Async<bool> AwaitOrders(Clock& clock, Clock::Time until, StopSteps steps);

// What was not over at its limit: the process must end then without destroying what that still uses.
enum class Unfinished { kNothing, kOrders, kTokens, kSpans };

// The last part, when the server has ended: the last orders go on record, then the source of tokens stops, while the
// last spans leave.
Async<Unfinished> EndWork(Clock& clock, StopLimits limits, StopSteps steps);

}  // namespace webex_gateway
