#include "server/base/async.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "server/base/clock.h"

namespace webex_gateway {
namespace {

Async<void> WaitThenRaise(Event& event, bool& raised) {
  co_await event.Wait();
  raised = true;
}

void Drain(Loop& loop) {
  loop.restart();
  while (loop.poll() > 0) {
  }
}

TEST(Event, LetsItsWaiterGoOnOnTheLoopNotInsideSet) {
  Loop loop;
  Event event;
  bool raised = false;
  Spawn(loop, WaitThenRaise(event, raised));
  Drain(loop);
  EXPECT_FALSE(raised);
  event.Set();
  EXPECT_FALSE(raised);
  Drain(loop);
  EXPECT_TRUE(raised);
}

TEST(Event, IsNotWaitedForOnceItHasHappened) {
  Loop loop;
  Event event;
  event.Set();
  event.Set();
  bool raised = false;
  Spawn(loop, WaitThenRaise(event, raised));
  Drain(loop);
  EXPECT_TRUE(raised);
}

TEST(SystemClock, CallsWhatIsOverdueFromTheLoopAndNotFromWithinAt) {
  Loop loop;
  const auto clock = CreateSystemClock(loop);
  int calls = 0;
  const auto timer = clock->At(clock->Now() - std::chrono::hours(1), [&calls] { ++calls; });
  EXPECT_EQ(calls, 0);
  loop.run();
  EXPECT_EQ(calls, 1);
}

TEST(SystemClock, CallsNothingOnceTheTimerIsDestroyed) {
  Loop loop;
  const auto clock = CreateSystemClock(loop);
  int calls = 0;
  auto early = clock->At(clock->Now() - std::chrono::hours(1), [&calls] { ++calls; });
  auto late = clock->At(Later(clock->Now(), absl::Hours(1)), [&calls] { ++calls; });
  early.reset();
  late.reset();
  loop.run();
  EXPECT_EQ(calls, 0);
}

TEST(SystemClock, ForgetsATimerThatAnotherDestroysInTheSameRound) {
  Loop loop;
  const auto clock = CreateSystemClock(loop);
  int calls = 0;
  std::unique_ptr<Timer> second;
  const auto first = clock->At(clock->Now() - std::chrono::hours(2), [&second] { second.reset(); });
  second = clock->At(clock->Now() - std::chrono::hours(1), [&calls] { ++calls; });
  loop.run();
  EXPECT_EQ(calls, 0);
}

TEST(Later, TakesAYearForWhateverIsLonger) {
  const Clock::Time now{};
  EXPECT_EQ(Later(now, absl::Seconds(2)), now + std::chrono::seconds(2));
  EXPECT_EQ(Later(now, absl::InfiniteDuration()), now + std::chrono::hours(24 * 365));
  EXPECT_EQ(Later(now, -absl::InfiniteDuration()), now - std::chrono::hours(24 * 365));
}

}  // namespace
}  // namespace webex_gateway
