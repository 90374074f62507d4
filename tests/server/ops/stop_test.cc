#include "server/ops/stop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;

class StopTest : public testing::Test {
 protected:
  StopSteps Steps() {
    return {.not_ready = [this] { steps_.push_back("not ready"); },
            .refuse_orders = [this] { steps_.push_back("refuses"); },
            .hold_answers = Step("holds"),
            .await_idle = Step("idle?"),
            .stop_tokens = Step("tokens")};
  }

  std::function<void(StopSteps::Done)> Step(const std::string& name) {
    return [this, name](StopSteps::Done done) {
      steps_.push_back(name);
      done_ = std::move(done);
    };
  }

  Started<Clock::Time> BeginRefusal() {
    Started<Clock::Time> refusal{loop_, RefuseOrders(clock_, limits_, Steps())};
    clock_.RunLoop();
    return refusal;
  }

  Started<bool> BeginToAwaitOrders(absl::Duration limit) {
    Started<bool> drain{loop_, AwaitOrders(clock_, Later(clock_.Now(), limit), Steps())};
    clock_.RunLoop();
    return drain;
  }

  Started<Unfinished> BeginEndWork() {
    Started<Unfinished> end{loop_, EndWork(clock_, limits_, Steps())};
    clock_.RunLoop();
    return end;
  }

  // The step under way is over.
  void End() {
    done_();
    clock_.RunLoop();
  }

  StopLimits limits_{.drain_delay = absl::Seconds(5),
                     .drain_timeout = absl::Seconds(25),
                     .last_arrivals = absl::Seconds(3),
                     .last_records = absl::Seconds(2),
                     .token_stop = absl::Seconds(3)};
  Loop loop_;
  FakeClock clock_{loop_};
  std::vector<std::string> steps_;
  StopSteps::Done done_;  // of the last step that has one
};

TEST_F(StopTest, IsNotReadyAtOnceAndTakesOrdersUntilTheDelayIsOver) {
  auto refusal = BeginRefusal();
  EXPECT_THAT(steps_, ElementsAre("not ready"));
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_THAT(steps_, ElementsAre("not ready"));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(steps_, ElementsAre("not ready", "refuses", "holds"));
  EXPECT_FALSE(refusal.done());
  End();
  EXPECT_TRUE(refusal.done());
}

TEST_F(StopTest, SendsCallersAwayWhenTheyKeepStill) {
  auto refusal = BeginRefusal();
  clock_.Advance(absl::Seconds(5));
  const Clock::Time refused_at = clock_.Now();
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(refusal.done());
  End();
  ASSERT_TRUE(refusal.done());
  EXPECT_EQ(*refusal, Later(refused_at, absl::Seconds(25)));
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(StopTest, SendsCallersAwayAtTheLimitThoughTheyDoNotKeepStill) {
  auto refusal = BeginRefusal();
  clock_.Advance(absl::Seconds(8) - absl::Nanoseconds(1));
  EXPECT_FALSE(refusal.done());
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_TRUE(refusal.done());
  End();  // whoever is late harms nothing
}

TEST_F(StopTest, HoldsAnswersForNoLongerThanTheDrainLasts) {
  limits_.drain_timeout = absl::Seconds(1);
  auto refusal = BeginRefusal();
  clock_.Advance(absl::Seconds(6) - absl::Nanoseconds(1));
  EXPECT_FALSE(refusal.done());
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_TRUE(refusal.done());
}

TEST_F(StopTest, EndsTheDrainWhenNoOrderIsUnderWay) {
  auto drain = BeginToAwaitOrders(absl::Seconds(25));
  EXPECT_THAT(steps_, ElementsAre("idle?"));
  EXPECT_FALSE(drain.done());
  End();
  ASSERT_TRUE(drain.done());
  EXPECT_TRUE(*drain);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(StopTest, EndsTheDrainAtItsTimeoutWithOrdersStillUnderWay) {
  auto drain = BeginToAwaitOrders(absl::Seconds(25));
  clock_.Advance(absl::Seconds(25) - absl::Nanoseconds(1));
  EXPECT_FALSE(drain.done());
  clock_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(drain.done());
  EXPECT_FALSE(*drain);
  End();  // whoever is late harms nothing
}

TEST_F(StopTest, StopsTokensOnceTheLastOrderIsOnRecord) {
  auto end = BeginEndWork();
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(steps_, ElementsAre("idle?"));
  End();
  EXPECT_THAT(steps_, ElementsAre("idle?", "tokens"));
  EXPECT_FALSE(end.done());
  End();
  ASSERT_TRUE(end.done());
  EXPECT_EQ(*end, Unfinished::kNothing);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(StopTest, LeavesTokensAloneWhereOrdersAreNotOnRecordAtTheLimit) {
  auto end = BeginEndWork();
  clock_.Advance(absl::Seconds(2) - absl::Nanoseconds(1));
  EXPECT_FALSE(end.done());
  clock_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(end.done());
  EXPECT_EQ(*end, Unfinished::kOrders);
  End();
  EXPECT_THAT(steps_, ElementsAre("idle?"));
}

TEST_F(StopTest, DoesNotWaitForTokensBeyondTheirLimit) {
  auto end = BeginEndWork();
  clock_.Advance(absl::Seconds(1));
  End();
  clock_.Advance(absl::Seconds(3) - absl::Nanoseconds(1));
  EXPECT_FALSE(end.done());
  clock_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(end.done());
  EXPECT_EQ(*end, Unfinished::kTokens);
  End();
}

// Their last spans leave while tokens stop, so that a stop takes no longer for them.
TEST_F(StopTest, FlushesSpansMeanwhileAndWaitsForThemNoLongerThanForTokens) {
  StopSteps steps = Steps();
  StopSteps::Done flushed;
  steps.flush_spans = [&](StopSteps::Done done) {
    steps_.push_back("spans");
    flushed = std::move(done);
  };
  Started<Unfinished> end{loop_, EndWork(clock_, limits_, steps)};
  clock_.RunLoop();
  End();
  EXPECT_THAT(steps_, ElementsAre("idle?", "spans", "tokens"));
  clock_.Advance(absl::Seconds(1));
  End();
  EXPECT_FALSE(end.done());
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(end.done());
  EXPECT_EQ(*end, Unfinished::kSpans);

  Started<Unfinished> next{loop_, EndWork(clock_, limits_, steps)};
  clock_.RunLoop();
  End();
  End();
  flushed();
  clock_.RunLoop();
  ASSERT_TRUE(next.done());
  EXPECT_EQ(*next, Unfinished::kNothing);
}

TEST(StopLimits, AreTogetherWhatAStopTakesAtMost) {
  const StopLimits limits{.drain_delay = absl::Seconds(1),
                          .drain_timeout = absl::Seconds(2),
                          .last_calls = absl::Seconds(4),
                          .last_answers = absl::Seconds(8),
                          .last_records = absl::Seconds(16),
                          .token_stop = absl::Seconds(32),
                          .ledger_close = absl::Seconds(64)};
  EXPECT_EQ(limits.AfterDrain(), absl::Seconds(124));
  EXPECT_EQ(limits.Total(), absl::Seconds(127));
}

}  // namespace
}  // namespace webex_gateway
