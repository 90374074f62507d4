#include "server/ops/stop.h"

#include <memory>
#include <stop_token>

namespace webex_gateway {
namespace {

// Begins a step and waits until it is over, at most for `limit`. Whether it is.
Async<bool> Within(Clock& clock, absl::Duration limit, const std::function<void(StopSteps::Done)>& begin) {
  struct End {
    bool reached = false;
    Event woken;
  };
  const auto end = std::make_shared<End>();
  begin([end] {
    end->reached = true;
    end->woken.Set();
  });
  co_await WaitFor(end->woken, clock, Later(clock.Now(), limit), std::stop_token());
  co_return end->reached;
}

}  // namespace

Async<bool> Drain(Clock& clock, StopLimits limits, StopSteps steps) {
  steps.not_ready();
  Event delayed;
  co_await WaitFor(delayed, clock, Later(clock.Now(), limits.drain_delay), std::stop_token());
  steps.refuse_orders();
  co_return co_await Within(clock, limits.drain_timeout, steps.await_idle);
}

Async<Unfinished> EndWork(Clock& clock, StopLimits limits, StopSteps steps) {
  const bool idle = co_await Within(clock, limits.last_records, steps.await_idle);
  if (!idle) co_return Unfinished::kOrders;
  const bool stopped = co_await Within(clock, limits.token_stop, steps.stop_tokens);
  co_return stopped ? Unfinished::kNothing : Unfinished::kTokens;
}

}  // namespace webex_gateway
