#include "server/rpc/answer_hold.h"

#include <gtest/gtest.h>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {
namespace {

class AnswerHoldTest : public testing::Test {
 protected:
  void Begin() {
    hold_.Begin([this] { ++lulls_; });
  }
  Clock::Time In(absl::Duration time) const { return Later(clock_.Now(), time); }
  static Async<bool> Answer(AnswerHold& hold, Clock::Time deadline) {
    co_await hold.Wait(deadline);
    co_return true;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  AnswerHold hold_{clock_};
  int lulls_ = 0;
};

TEST_F(AnswerHoldTest, HoldsNothingBeforeItBeginsAndAfterItHasEnded) {
  EXPECT_FALSE(hold_.holds());
  Begin();
  EXPECT_TRUE(hold_.holds());
  hold_.End();
  EXPECT_FALSE(hold_.holds());
}

TEST_F(AnswerHoldTest, HasTheLullOnceNoRpcHasArrivedForAWhile) {
  hold_.OnArrival();
  Begin();
  clock_.Advance(absl::Milliseconds(200));
  hold_.OnArrival();
  clock_.Advance(absl::Milliseconds(249));
  EXPECT_EQ(lulls_, 0);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(lulls_, 1);
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(lulls_, 1);
}

TEST_F(AnswerHoldTest, HasTheLullAtOnceWhereNobodyCalls) {
  clock_.Advance(absl::Seconds(1));
  Begin();
  EXPECT_EQ(lulls_, 1);
}

TEST_F(AnswerHoldTest, LetsEveryAnswerGoAtItsEnd) {
  Begin();
  Started<bool> first{loop_, Answer(hold_, In(absl::Seconds(20)))};
  Started<bool> second{loop_, Answer(hold_, In(absl::Seconds(20)))};
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_FALSE(first.done());
  hold_.End();
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(first.done());
  EXPECT_TRUE(second.done());
  EXPECT_EQ(lulls_, 0);
  EXPECT_EQ(clock_.timers(), 0u);
}

// So that a caller whose deadlines are short keeps still nearly as long, and does not call again and again.
TEST_F(AnswerHoldTest, HoldsAnAnswerUntilJustBeforeItsDeadline) {
  Begin();
  Started<bool> answer{loop_, Answer(hold_, In(absl::Milliseconds(600)))};
  Started<bool> late{loop_, Answer(hold_, In(absl::Milliseconds(50)))};
  clock_.Advance(absl::ZeroDuration());
  EXPECT_TRUE(late.done());
  clock_.Advance(absl::Milliseconds(499));
  EXPECT_FALSE(answer.done());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(answer.done());
}

}  // namespace
}  // namespace webex_gateway
