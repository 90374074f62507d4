// A limit of orders per second that saves up at most one second's worth of them.
#pragma once

#include <algorithm>
#include <mutex>

#include "absl/time/time.h"

namespace webex_gateway::sandbox {

class RateLimit {
 public:
  // Whether one more order may pass now, at `per_second` of them; 0 is no limit. A change of the rate starts anew.
  bool Take(double per_second, absl::Time now) {
    if (per_second <= 0) return true;
    const double most = std::max(per_second, 1.0);
    const std::lock_guard lock(mutex_);
    const double gained = absl::ToDoubleSeconds(now - last_) * per_second;
    saved_ = per_second == per_second_ ? std::min(saved_ + std::max(gained, 0.0), most) : most;
    per_second_ = per_second;
    last_ = now;
    if (saved_ < 1) return false;
    saved_ -= 1;
    return true;
  }

  void Reset() {
    const std::lock_guard lock(mutex_);
    per_second_ = 0;
  }

 private:
  std::mutex mutex_;  // guards what follows
  double per_second_ = 0;
  double saved_ = 0;
  absl::Time last_;
};

}  // namespace webex_gateway::sandbox
