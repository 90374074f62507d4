// The pace, rule by rule. How well it does as a whole is in drain_test.cc.

#include "server/http/pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/limiters/limiters.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

class PaceTest : public testing::Test {
 protected:
  void Elapse(absl::Duration by) { now_ = Later(now_, by); }
  absl::Duration ToNext() const { return absl::FromChrono(pace_.next() - now_); }

  std::vector<Pace::Ticket> LeaveAtOnce(int requests, int64_t queued = 0) {
    std::vector<Pace::Ticket> tickets;
    for (int i = 0; i < requests; ++i) tickets.push_back(pace_.OnLeave(now_, queued));
    return tickets;
  }

  // So many leave at once, of which so many are taken; all others are answered with 429.
  void Volley(int requests, int taken, absl::Duration retry_after, int64_t queued = 0) {
    const std::vector<Pace::Ticket> tickets = LeaveAtOnce(requests, queued);
    Elapse(absl::Milliseconds(20));
    for (int i = 0; i < requests; ++i) {
      i < taken ? pace_.OnTaken(now_, tickets[i]) : pace_.OnLimited(now_, tickets[i], retry_after);
    }
  }

  // Requests leave as soon as they may, for so long; returns how many were taken. Answers come at once.
  int Run(Limiter& webex, absl::Duration time, int64_t queued, absl::Duration retry_after = absl::Seconds(1)) {
    const Clock::Time until = Later(now_, time);
    int taken = 0;
    for (now_ = std::max(now_, pace_.next()); now_ < until;
         now_ = std::max(Later(now_, absl::Microseconds(1)), pace_.next())) {
      const Pace::Ticket ticket = pace_.OnLeave(now_, queued);
      if (webex.Take(std::chrono::duration<double>(now_.time_since_epoch()).count())) {
        pace_.OnTaken(now_, ticket);
        ++taken;
      } else {
        ++refused_;
        pace_.OnLimited(now_, ticket, retry_after);
      }
    }
    now_ = until;
    return taken;
  }

  FixedBits random_;
  Pace pace_{random_};
  Clock::Time now_{std::chrono::hours(1)};
  int refused_ = 0;
};

TEST_F(PaceTest, IsNoneUntilTheFirst429) {
  for (int i = 0; i < 100; ++i) {
    for (const Pace::Ticket& ticket : LeaveAtOnce(100)) pace_.OnTaken(now_, ticket);
    Elapse(absl::Milliseconds(10));
  }
  EXPECT_TRUE(std::isinf(pace_.per_second()));
  EXPECT_EQ(pace_.limit(), std::nullopt);
  EXPECT_LE(ToNext(), absl::ZeroDuration());
}

TEST_F(PaceTest, PausesForAsLongAsWebexAsks) {
  Volley(1, 0, absl::Seconds(7));
  EXPECT_EQ(ToNext(), absl::Seconds(7));
}

TEST_F(PaceTest, PausesForALongerBackoffEachTimeWhereWebexDoesNotSay) {
  for (const int seconds : {5, 10, 15, 15}) {
    pace_.OnLimited(now_, pace_.OnLeave(now_, 0), std::nullopt);
    EXPECT_EQ(ToNext(), absl::Seconds(seconds));
    Elapse(ToNext());
  }
}

TEST_F(PaceTest, PausesForALittleLongerEachTimeWhereWebexAsksForNextToNothing) {
  for (const int milliseconds : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    pace_.OnLimited(now_, pace_.OnLeave(now_, 0), absl::ZeroDuration());
    EXPECT_EQ(ToNext(), absl::Milliseconds(milliseconds));
    Elapse(ToNext());
  }
}

TEST_F(PaceTest, LearnsNothingFromA429ToATrickle) {
  for (int i = 0; i < 3; ++i) {
    pace_.OnTaken(now_, pace_.OnLeave(now_, 0));
    Elapse(absl::Seconds(1));
  }
  Volley(1, 0, absl::Seconds(1));
  EXPECT_EQ(pace_.limit(), std::nullopt);
  Elapse(absl::Seconds(1));
  LeaveAtOnce(40);
  EXPECT_LE(ToNext(), absl::ZeroDuration());
}

TEST_F(PaceTest, GuessesTheLimitFromTheFirstVolley) {
  Volley(64, 20, absl::Seconds(1));
  ASSERT_NE(pace_.limit(), std::nullopt);
  EXPECT_FALSE(pace_.limit()->measured());
  EXPECT_EQ(pace_.limit()->burst(), 20);
  EXPECT_NEAR(pace_.per_second(), 20 / 1.1, 0.01);
}

TEST_F(PaceTest, CountsNothingThatDidNotLeaveAfterAll) {
  const std::vector<Pace::Ticket> tickets = LeaveAtOnce(64);
  for (int i = 10; i < 40; ++i) pace_.OnUnsent(tickets[i]);
  for (int i = 0; i < 10; ++i) pace_.OnTaken(now_, tickets[i]);
  for (int i = 40; i < 64; ++i) pace_.OnLimited(now_, tickets[i], absl::Seconds(1));
  ASSERT_NE(pace_.limit(), std::nullopt);
  EXPECT_EQ(pace_.limit()->burst(), 10);
}

TEST_F(PaceTest, MeasuresWhatWebexTookThoughOthersWereToLeaveBetween) {
  Volley(64, 10, absl::Seconds(1));
  TokenBucket webex(50, 10);
  // Every other request is not sent.
  const auto seconds = [this] { return std::chrono::duration<double>(now_.time_since_epoch()).count(); };
  for (int i = 0; !pace_.limit()->measured() && i < 10'000; ++i) {
    now_ = std::max(now_, pace_.next());
    const Pace::Ticket ticket = pace_.OnLeave(now_, 100'000);
    if (i % 2 == 1) {
      pace_.OnUnsent(ticket);
    } else if (webex.Take(seconds())) {
      pace_.OnTaken(now_, ticket);
    } else {
      pace_.OnLimited(now_, ticket, absl::Seconds(1));
    }
  }
  EXPECT_NEAR(pace_.limit()->rate(), 50, 6);
}

TEST_F(PaceTest, SpreadsRequestsEvenlyWhileTheLimitIsAGuess) {
  Volley(64, 20, absl::Seconds(1));
  Elapse(ToNext());
  LeaveAtOnce(1);
  EXPECT_NEAR(absl::ToDoubleSeconds(ToNext()), 1.1 / 20, 0.0001);
}

TEST_F(PaceTest, ClimbsWhereAFasterPaceSavesMoreThanA429WouldCost) {
  Volley(64, 10, absl::Seconds(5));
  TokenBucket webex(50, 10);
  Run(webex, absl::Seconds(7), /*queued=*/1000);
  EXPECT_GT(pace_.per_second(), 30);
}

TEST_F(PaceTest, DoesNotClimbWhereA429WouldCostMore) {
  Volley(64, 5, absl::Seconds(20));
  TokenBucket webex(5, 5);
  const double guess = pace_.per_second();
  Run(webex, absl::Seconds(40), /*queued=*/80);
  EXPECT_EQ(pace_.per_second(), guess);
  EXPECT_EQ(refused_, 0);
}

// A caller's connection shows the gateway only so much of its backlog.
TEST_F(PaceTest, ClimbsWhereAQueueThatStaysAsLongShowsThatMoreAreBehindIt) {
  Volley(64, 10, absl::Seconds(5));
  const double guess = pace_.per_second();
  TokenBucket webex(50, 10);
  Run(webex, absl::Seconds(7), /*queued=*/40);
  EXPECT_NEAR(pace_.per_second(), guess, 0.01);
  Run(webex, absl::Seconds(30), /*queued=*/40);
  EXPECT_GT(pace_.per_second(), 2 * guess);
}

TEST_F(PaceTest, DoesNotClimbWhereNobodyWaits) {
  Volley(64, 10, absl::Seconds(1));
  const double guess = pace_.per_second();
  TokenBucket webex(50, 10);
  Run(webex, absl::Minutes(1), /*queued=*/0);
  EXPECT_NEAR(pace_.per_second(), guess, 0.01);
  EXPECT_EQ(refused_, 0);
}

TEST_F(PaceTest, MeasuresTheLimitByTheSecond429AndKeepsJustBelowIt) {
  TokenBucket webex(50, 10);
  Run(webex, absl::Seconds(10), /*queued=*/100'000);
  ASSERT_NE(pace_.limit(), std::nullopt);
  EXPECT_TRUE(pace_.limit()->measured());
  EXPECT_NEAR(pace_.limit()->rate(), 50, 4);
  EXPECT_NEAR(pace_.limit()->burst(), 10, 1);
  EXPECT_LT(pace_.per_second(), pace_.limit()->rate());
}

TEST_F(PaceTest, LetsWhatWasSavedUpLeaveAtOnceOnceItIsMeasured) {
  TokenBucket webex(50, 10);
  Run(webex, absl::Seconds(10), /*queued=*/100'000);
  Elapse(absl::Minutes(1));
  int at_once = 0;
  for (; ToNext() <= absl::ZeroDuration(); ++at_once) pace_.OnLeave(now_, 0);
  EXPECT_GE(at_once, 7);
  EXPECT_LE(at_once, 10);
}

TEST_F(PaceTest, TriesMoreAfterACalmWhile) {
  TokenBucket slow(50, 10);
  Run(slow, absl::Seconds(10), /*queued=*/100'000);
  const int before = refused_;
  TokenBucket fast(100, 10);
  fast.Take(std::chrono::duration<double>(now_.time_since_epoch()).count());
  Run(fast, absl::Seconds(60), /*queued=*/100'000);
  EXPECT_GT(pace_.limit()->rate(), 85);
  EXPECT_LE(refused_ - before, 6);
}

TEST_F(PaceTest, FollowsALimitThatFalls) {
  TokenBucket fast(100, 20);
  Run(fast, absl::Seconds(10), /*queued=*/100'000);
  TokenBucket slow(30, 20);
  slow.Take(std::chrono::duration<double>(now_.time_since_epoch()).count());
  const int before = refused_;
  Run(slow, absl::Seconds(30), /*queued=*/100'000);
  EXPECT_NEAR(pace_.limit()->rate(), 30, 3);
  EXPECT_LE(refused_ - before, 10);
}

TEST_F(PaceTest, DoesNotClimbWhileEverythingIsRefused) {
  TokenBucket webex(50, 10);
  Run(webex, absl::Seconds(10), /*queued=*/100'000);
  const double before = pace_.per_second();
  TokenBucket closed(1e-9, 1);
  closed.Take(0);
  Run(closed, absl::Minutes(5), /*queued=*/100'000);
  EXPECT_LE(pace_.per_second(), before);
}

TEST_F(PaceTest, RestsForAsLongAsTheLongestOfAVolleyAsks) {
  const std::vector<Pace::Ticket> tickets = LeaveAtOnce(10);
  pace_.OnLimited(now_, tickets[0], absl::Seconds(1));
  pace_.OnLimited(now_, tickets[1], absl::Seconds(30));
  pace_.OnLimited(now_, tickets[2], absl::Seconds(2));
  EXPECT_EQ(ToNext(), absl::Seconds(30));
}

TEST_F(PaceTest, DoesNotTakeALongRestForWhatEvery429Costs) {
  Volley(64, 20, absl::Minutes(10));
  EXPECT_EQ(ToNext(), absl::Minutes(10));
  EXPECT_GE(pace_.per_second(), 5);
}

// What was taken before could have come in as well as have been saved up, so this is told apart by half only.
TEST_F(PaceTest, KeepsNearlyHalfTheRateWhereTheBurstHasFallenToATenth) {
  TokenBucket webex(20, 100);
  Run(webex, absl::Seconds(30), /*queued=*/100'000);
  TokenBucket narrower(20, 10);
  narrower.Take(std::chrono::duration<double>(now_.time_since_epoch()).count());
  Elapse(absl::Minutes(1));
  Run(narrower, absl::Minutes(5), /*queued=*/100'000);
  EXPECT_GT(pace_.per_second(), 9);
}

TEST_F(PaceTest, ForgetsTheLimitWhenNobodyHasHadToWaitForALongTime) {
  TokenBucket webex(50, 10);
  Run(webex, absl::Seconds(10), /*queued=*/100'000);
  Elapse(absl::Minutes(9));
  pace_.OnLeave(now_, 0);
  EXPECT_NE(pace_.limit(), std::nullopt);
  Elapse(absl::Minutes(1));
  pace_.OnLeave(now_, 0);
  EXPECT_EQ(pace_.limit(), std::nullopt);
  EXPECT_TRUE(std::isinf(pace_.per_second()));
}

TEST_F(PaceTest, TakesSeveralRefusalsOfOneRunForOneComplaint) {
  const std::vector<Pace::Ticket> tickets = LeaveAtOnce(10);
  for (const Pace::Ticket& ticket : tickets) {
    pace_.OnLimited(now_, ticket, absl::Seconds(2));
    EXPECT_EQ(ToNext(), absl::Seconds(2));
  }
}

}  // namespace
}  // namespace webex_gateway
