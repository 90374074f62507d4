// Limits how often a frequent event is reported.
#pragma once

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace webex_gateway {

// For one thread at a time.
class Seldom {
 public:
  Seldom(const Clock& clock, absl::Duration every) : clock_(clock), every_(every) {}

  // Whether it is time to report; then not again for a while.
  bool IsTime() {
    const Clock::Time now = clock_.Now();
    if (now < next_) return false;
    next_ = Later(now, every_);
    return true;
  }

 private:
  const Clock& clock_;
  const absl::Duration every_;
  Clock::Time next_ = Clock::Time::min();
};

}  // namespace webex_gateway
