#include "server/ops/drain.h"

#include <memory>
#include <stop_token>

namespace webex_gateway {

Async<bool> Drain(Clock& clock, DrainOptions options, DrainSteps steps) {
  steps.not_ready();
  Event delayed;
  co_await WaitFor(delayed, clock, Later(clock.Now(), options.delay), std::stop_token());
  steps.refuse_orders();

  struct Idle {
    bool reached = false;
    Event woken;
  };
  const auto idle = std::make_shared<Idle>();
  steps.when_idle([idle] {
    idle->reached = true;
    idle->woken.Set();
  });
  co_await WaitFor(idle->woken, clock, Later(clock.Now(), options.timeout), std::stop_token());
  co_return idle->reached;
}

}  // namespace webex_gateway
