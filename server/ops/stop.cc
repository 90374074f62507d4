#include "server/ops/stop.h"

#include <algorithm>
#include <memory>
#include <stop_token>
#include <utility>

namespace webex_gateway {
namespace {

// Begins a step and waits until it is over, at most `until`. Returns whether it is over.
Async<bool> Before(Clock& clock, Clock::Time until, const std::function<void(StopSteps::Done)>& begin) {
  struct End {
    bool reached = false;
    Event woken;
  };
  const auto end = std::make_shared<End>();
  begin([end] {
    end->reached = true;
    end->woken.Set();
  });
  co_await WaitFor(end->woken, clock, until, std::stop_token());
  co_return end->reached;
}

Async<bool> Within(Clock& clock, absl::Duration limit, const std::function<void(StopSteps::Done)>& begin) {
  co_return co_await Before(clock, Later(clock.Now(), limit), begin);
}

}  // namespace

Async<Clock::Time> RefuseOrders(Clock& clock, StopLimits limits, StopSteps steps) {
  steps.not_ready();
  Event delayed;
  co_await WaitFor(delayed, clock, Later(clock.Now(), limits.drain_delay), std::stop_token());
  steps.refuse_orders();
  const Clock::Time until = Later(clock.Now(), limits.drain_timeout);
  const absl::Duration hold = std::min(limits.last_arrivals, limits.drain_timeout);
  co_await Within(clock, hold, steps.hold_answers);
  co_return until;
}

Async<bool> AwaitOrders(Clock& clock, Clock::Time until, StopSteps steps) {
  co_return co_await Before(clock, until, steps.await_idle);
}

Async<Unfinished> EndWork(Clock& clock, StopLimits limits, StopSteps steps) {
  const bool idle = co_await Within(clock, limits.last_records, steps.await_idle);
  if (!idle) co_return Unfinished::kOrders;
  const bool stopped = co_await Within(clock, limits.token_stop, steps.stop_tokens);
  co_return stopped ? Unfinished::kNothing : Unfinished::kTokens;
}

}  // namespace webex_gateway
