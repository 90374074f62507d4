#include "server/base/clock.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <ctime>
#include <utility>

#include "absl/time/clock.h"

namespace webex_gateway {
namespace {

class LoopTimer : public Timer {
 public:
  LoopTimer(Loop& loop, Clock::Time when, absl::AnyInvocable<void()> due)
      : due_(std::make_shared<absl::AnyInvocable<void()>>(std::move(due))), timer_(loop, when) {
    // A handler that is already queued when the timer is destroyed still runs, but finds nothing to call.
    timer_.async_wait([held = std::weak_ptr(due_)](boost::system::error_code error) {
      if (auto call = held.lock(); call != nullptr && !error) (*call)();
    });
  }

 private:
  std::shared_ptr<absl::AnyInvocable<void()>> due_;
  boost::asio::basic_waitable_timer<BootClock> timer_;
};

class LoopClock : public Clock {
 public:
  explicit LoopClock(Loop& loop) : loop_(loop) {}

  Time Now() const override { return BootClock::now(); }
  absl::Time WallNow() const override { return absl::Now(); }
  std::unique_ptr<Timer> At(Time when, absl::AnyInvocable<void()> due) override {
    return std::make_unique<LoopTimer>(loop_, when, std::move(due));
  }

 private:
  Loop& loop_;
};

}  // namespace

BootClock::time_point BootClock::now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

Async<void> WaitFor(Event& event, Clock& clock, Clock::Time until, std::stop_token stop) {
  const auto set = [&event] { event.Set(); };
  const auto timer = clock.At(until, set);
  const std::stop_callback on_stop(stop, set);
  co_await event.Wait();
}

Async<void> Sleep(Clock& clock, absl::Duration time, std::stop_token stop) {
  Event over;
  co_await WaitFor(over, clock, Later(clock.Now(), time), std::move(stop));
}

std::unique_ptr<Clock> CreateSystemClock(Loop& loop) { return std::make_unique<LoopClock>(loop); }

}  // namespace webex_gateway
