// Time is injected: nothing below main() reads the system's clock, so that no test ever waits.
//
// It advances while the machine is suspended. std::chrono::steady_clock does not: after an hour's suspension it would
// let an order leave an hour after its deadline, when others may have ordered it again.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <stop_token>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/async.h"

namespace webex_gateway {

// Steady: never jumps, carries no date (CLOCK_BOOTTIME).
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now();
};

// A call that is due later. Destroying the timer before then cancels it.
class Timer {
 public:
  virtual ~Timer() = default;
};

// Any thread may read the time; only the loop's thread may use timers.
class Clock {
 public:
  // For deadlines and durations.
  using Time = BootClock::time_point;

  virtual ~Clock() = default;
  virtual Time Now() const = 0;
  // The wall-clock time, for times that others express as a date (Retry-After). May jump.
  virtual absl::Time WallNow() const = 0;
  // Calls `due` once on the loop at `when`, or soon if that has passed; never from within this call. After a suspension
  // or any other standstill it may be late: where that matters, check `Now`.
  virtual std::unique_ptr<Timer> At(Time when, absl::AnyInvocable<void()> due) = 0;
};

// `from` + `by`, where `by` is capped at a year.
inline Clock::Time Later(Clock::Time from, absl::Duration by) {
  constexpr absl::Duration kYear = absl::Hours(24 * 365);
  return from + absl::ToChronoNanoseconds(std::clamp(by, -kYear, kYear));
}

inline double SecondsBetween(Clock::Time from, Clock::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

// Waits until `event` is set. At `until`, and when `stop` is requested, this function sets it: the waiter checks
// afterwards which of the three happened. A `stop` that was requested before takes effect at once.
Async<void> WaitFor(Event& event, Clock& clock, Clock::Time until, std::stop_token stop);

// Returns after `time`, or when `stop` is requested.
Async<void> Sleep(Clock& clock, absl::Duration time, std::stop_token stop = {});

// The system's clocks, with timers on `loop`, which must outlive it.
std::unique_ptr<Clock> CreateSystemClock(Loop& loop);

}  // namespace webex_gateway
