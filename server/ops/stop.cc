#include "server/ops/stop.h"

#include <algorithm>
#include <memory>
#include <stop_token>
#include <utility>

namespace webex_gateway {
namespace {

struct End {
  bool reached = false;
  Event woken;
};

std::shared_ptr<End> Begin(const std::function<void(StopSteps::Done)>& step) {
  const auto end = std::make_shared<End>();
  step([end] {
    end->reached = true;
    end->woken.Set();
  });
  return end;
}

// Waits until a step is over, at the latest until `until`. Returns whether it is over.
Async<bool> Reached(std::shared_ptr<End> end, Clock& clock, Clock::Time until) {
  co_await WaitFor(end->woken, clock, until, std::stop_token());
  co_return end->reached;
}

Async<bool> Before(Clock& clock, Clock::Time until, const std::function<void(StopSteps::Done)>& begin) {
  co_return co_await Reached(Begin(begin), clock, until);
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
  const Clock::Time until = Later(clock.Now(), limits.token_stop);
  const std::shared_ptr<End> flushed = Begin(steps.flush_spans);
  const bool stopped = co_await Before(clock, until, steps.stop_tokens);
  if (!stopped) co_return Unfinished::kTokens;
  const bool is_flushed = co_await Reached(flushed, clock, until);
  co_return is_flushed ? Unfinished::kNothing : Unfinished::kSpans;
}

}  // namespace webex_gateway
