// Time comes in from outside: nothing below main() asks the system for it, so that no test ever waits.
//
// It goes on while the machine is suspended. std::chrono::steady_clock does not: after an hour's sleep it would let an
// order leave an hour after its deadline, when others may have ordered it again.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <stop_token>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/async.h"

namespace webex_gateway {

// Steady: never jumps, has no date (CLOCK_BOOTTIME).
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now();
};

// A call that is due later. Destroying it before then calls it off.
class Timer {
 public:
  virtual ~Timer() = default;
};

// Any thread may ask for the time; timers are for the loop's thread only.
class Clock {
 public:
  // For deadlines and durations.
  using Time = BootClock::time_point;

  virtual ~Clock() = default;
  virtual Time Now() const = 0;
  // The date, for what others express as one (Retry-After). May jump.
  virtual absl::Time WallNow() const = 0;
  // Calls `due` once on the loop at `when`, or soon where that has passed; never from within this call. After a time of
  // suspension, or of any other standstill, it may be late: where that matters, `Now` is what counts.
  virtual std::unique_ptr<Timer> At(Time when, absl::AnyInvocable<void()> due) = 0;
};

// `from` + `by`; a year stands for anything longer.
inline Clock::Time Later(Clock::Time from, absl::Duration by) {
  constexpr absl::Duration kYear = absl::Hours(24 * 365);
  return from + absl::ToChronoNanoseconds(std::clamp(by, -kYear, kYear));
}

// Waits until `event` is set. At `until`, and when `stop` is requested, it is set from here: what the waiter finds
// afterwards says which of the three it was. A `stop` that was requested already is heard at once.
Async<void> WaitFor(Event& event, Clock& clock, Clock::Time until, std::stop_token stop);

// Returns after `time`, or when `stop` is requested.
Async<void> Sleep(Clock& clock, absl::Duration time, std::stop_token stop = {});

// The system's clocks, with timers on `loop`, which must outlive it.
std::unique_ptr<Clock> CreateSystemClock(Loop& loop);

}  // namespace webex_gateway
