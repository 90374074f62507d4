// Real time, but faster: for tests that run the gateway's waits of seconds in a fraction of that.
#pragma once

#include <memory>
#include <utility>

#include "server/base/clock.h"

namespace webex_gateway {

// Runs `times` as fast as the system's clock. The date does not: no code tested with it reads the date.
class FastClock : public Clock {
 public:
  FastClock(Loop& loop, int times) : real_(CreateSystemClock(loop)), times_(times), begun_(real_->Now()) {}

  Time Now() const override { return begun_ + (real_->Now() - begun_) * times_; }
  absl::Time WallNow() const override { return real_->WallNow(); }
  std::unique_ptr<Timer> At(Time when, absl::AnyInvocable<void()> due) override {
    return real_->At(begun_ + (when - begun_) / times_, std::move(due));
  }

 private:
  const std::unique_ptr<Clock> real_;
  const int times_;
  const Time begun_;
};

}  // namespace webex_gateway
