// A pace that has learned a limit.
#pragma once

#include <algorithm>
#include <vector>

#include "server/http/pace.h"
#include "tests/limiters/limiters.h"
#include "tests/server/testing/fake_clock.h"

namespace webex_gateway {

// Runs until the pace has measured a limit of one request per second, and one may leave.
inline void LearnALimitOfOneASecond(Pace& pace, FakeClock& clock) {
  TokenBucket webex(1, 1);
  std::vector<Pace::Ticket> volley;
  for (int i = 0; i < 6; ++i) volley.push_back(pace.OnLeave(clock.Now(), 0));
  for (const Pace::Ticket& ticket : volley) pace.OnLimited(clock.Now(), ticket, absl::Seconds(1));
  clock.Advance(absl::FromChrono(pace.next() - clock.Now()));
  while (!pace.limit() || !pace.limit()->measured()) {
    const Pace::Ticket ticket = pace.OnLeave(clock.Now(), 1000);
    if (webex.Take(std::chrono::duration<double>(clock.Now().time_since_epoch()).count())) {
      pace.OnTaken(clock.Now(), ticket);
    } else {
      pace.OnLimited(clock.Now(), ticket, absl::Seconds(1));
    }
    clock.Advance(std::max(absl::ZeroDuration(), absl::FromChrono(pace.next() - clock.Now())));
  }
}

}  // namespace webex_gateway
