// Time for tests: it stands still until a test advances it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "server/base/clock.h"

namespace webex_gateway {

class FakeClock : public Clock {
 public:
  explicit FakeClock(Loop& loop) : loop_(loop) {}

  // While time is advanced, other threads wait until everything has been notified.
  Time Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  absl::Time WallNow() const override { return wall_ + absl::FromChrono(Now().time_since_epoch()); }

  std::unique_ptr<Timer> At(Time when, absl::AnyInvocable<void()> due) override {
    const Key key{when, ++last_timer_};
    timers_.emplace(key, std::move(due));
    return std::make_unique<FakeTimer>(*this, key);
  }

  // Advances time by `by`, timer by timer, running the loop before, between and after.
  void Advance(absl::Duration by) {
    RunLoop();
    Elapse(by, [this] { RunLoop(); });
  }

  // The same for a loop that another thread runs; call it on that thread.
  void Elapse(absl::Duration by) {
    Elapse(by, [] {});
  }

  // Advances time by `by` as if the process had been suspended, so that no timer has been called yet. Any thread.
  void Jump(absl::Duration by) {
    const std::lock_guard lock(mutex_);
    now_ = Later(now_, by);
  }

  // Called, on the advancing thread, whenever time has advanced: for a server that should use this clock.
  void OnChange(std::function<void()> changed) { changed_ = std::move(changed); }

  // Sets the date anew.
  void SetWall(absl::Time now) { wall_ = now - absl::FromChrono(Now().time_since_epoch()); }

  // Runs everything that can run without advancing time.
  void RunLoop() {
    loop_.restart();
    while (loop_.poll() > 0) {
    }
  }

  size_t timers() const { return timers_.size(); }

 private:
  using Key = std::pair<Time, int>;  // timers due together run in the order in which they were set

  struct FakeTimer : Timer {
    FakeTimer(FakeClock& the_clock, Key the_key) : clock(the_clock), key(the_key) {}
    ~FakeTimer() override { clock.timers_.erase(key); }
    FakeClock& clock;
    const Key key;
  };

  template <typename AfterEach>
  void Elapse(absl::Duration by, AfterEach after_each) {
    const Time until = Later(Now(), by);
    while (!timers_.empty() && timers_.begin()->first.first <= until) {
      Set(std::max(Now(), timers_.begin()->first.first));
      auto due = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      due();
      after_each();
    }
    Set(until);
  }

  void Set(Time now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
    changed_();
  }

  Loop& loop_;
  mutable std::recursive_mutex mutex_;
  Time now_;  // with mutex_
  absl::Time wall_ = absl::FromUnixSeconds(1'700'000'000);
  std::map<Key, absl::AnyInvocable<void()>> timers_;
  int last_timer_ = 0;
  std::function<void()> changed_ = [] {};
};

}  // namespace webex_gateway
