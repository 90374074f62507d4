// Orders in flight for a while.
#pragma once

#include "absl/time/time.h"
#include "tests/bench/load.h"
#include "tests/bench/statistics.h"

namespace webex_gateway {

struct SteadyLoad {
  int in_flight = 1;
  double rate = 0;  // orders a second, with no more than these in flight; 0: as many as they allow
  absl::Duration duration;
};

// Orders for so long, and returns when the last order has ended: two minutes later at most.
Tally Run(const SteadyLoad& steady, Load& load);

}  // namespace webex_gateway
