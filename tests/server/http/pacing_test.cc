#include "server/http/pacing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <vector>

#include "server/http/retry_after.h"
#include "tests/server/http/learned_pace.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using Result = absl::StatusOr<HttpAnswer>;

class PacingTest : public testing::Test {
 protected:
  // A coroutine that never ends would never be freed.
  ~PacingTest() override { clock_.Advance(absl::Minutes(2)); }

  struct Sent {
    Call call;
    std::stop_source caller;
    std::optional<Started<Result>> result;
  };

  // A 429, as if it had come to a request that just left.
  void Rest(absl::Duration retry_after) { pace_.OnLimited(clock_.Now(), pace_.OnLeave(clock_.Now(), 0), retry_after); }

  void LearnALimitOfOneASecond() { webex_gateway::LearnALimitOfOneASecond(pace_, clock_); }

  Sent& Send(const std::string& name, absl::Duration limit = absl::Seconds(60),
             const Result& result = HttpAnswer{200, {}, ""}) {
    Sent& sent = sent_.emplace_back();
    sent.call = {.request_id = name, .deadline = Later(clock_.Now(), limit), .stop = sent.caller.get_token()};
    wire_->Answer(result);
    sent.result.emplace(loop_, pacing_->Send({.method = "POST", .target = name}, sent.call));
    clock_.RunLoop();
    return sent;
  }

  std::vector<std::string> Targets() const {
    std::vector<std::string> targets;
    for (const HttpRequest& request : wire_->sent) targets.push_back(request.target);
    return targets;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;
  Pace pace_{random_};
  FakeHttp* const wire_ = new FakeHttp;
  const std::unique_ptr<HttpClient> pacing_ =
      WithPace(std::unique_ptr<HttpClient>(wire_), clock_, pace_, kNobodyQueued);
  std::list<Sent> sent_;
};

TEST_F(PacingTest, LetsThemLeaveInTheOrderOfTheirComing) {
  LearnALimitOfOneASecond();
  for (const char* name : {"a", "b", "c"}) Send(name);
  EXPECT_THAT(Targets(), ElementsAre("a"));
  clock_.Advance(absl::Milliseconds(900));
  EXPECT_THAT(Targets(), ElementsAre("a"));
  clock_.Advance(absl::Seconds(3));
  EXPECT_THAT(Targets(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(PacingTest, LetsThemLeaveAtTheEndOfTheRestAndNotBefore) {
  Rest(absl::Seconds(5));
  for (const char* name : {"a", "b"}) Send(name);
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_TRUE(wire_->sent.empty());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(Targets(), ElementsAre("a", "b"));
}

TEST_F(PacingTest, RefusesAtOnceWhoseTurnWouldComeAfterTheDeadline) {
  LearnALimitOfOneASecond();
  for (const char* name : {"a", "b"}) Send(name);
  Sent& late = Send("c", absl::Seconds(1.5));
  ASSERT_TRUE(late.result->done());
  EXPECT_EQ(SendFailureOf((*late.result)->status()), SendFailure::kRateLimited);
  EXPECT_NEAR(absl::ToDoubleSeconds(*RetryAfterOf((*late.result)->status())), 2 / pace_.per_second(), 0.001);
  EXPECT_FALSE(Send("d", absl::Seconds(2.5)).result->done());
}

TEST_F(PacingTest, RefusesNobodyForAPaceThatIsNoMoreThanAGuess) {
  Rest(absl::Seconds(5));
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) EXPECT_FALSE(Send(name, absl::Seconds(6)).result->done());
  EXPECT_TRUE(Send("late", absl::Seconds(5)).result->done());
}

TEST_F(PacingTest, RefusesThoseWhoWaitAlreadyWhenThePauseGrowsBeyondTheirDeadline) {
  Rest(absl::Seconds(5));
  Sent& waiting = Send("a", absl::Seconds(20));
  Rest(absl::Seconds(30));
  Send("b", absl::Seconds(60));  // any event makes the queue look again
  ASSERT_TRUE(waiting.result->done());
  EXPECT_EQ(SendFailureOf((*waiting.result)->status()), SendFailure::kRateLimited);
  EXPECT_EQ(RetryAfterOf((*waiting.result)->status()), absl::Seconds(30));
}

TEST_F(PacingTest, SaysThatTheRateIsLimitedAlsoWhereTheDeadlineComesInTheWait) {
  Rest(absl::Seconds(5));
  Sent& late = Send("a", absl::Seconds(10));
  Rest(absl::Seconds(30));
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(late.result->done());
  EXPECT_EQ(SendFailureOf((*late.result)->status()), SendFailure::kRateLimited);
  EXPECT_EQ(RetryAfterOf((*late.result)->status()), absl::Seconds(20));
}

TEST_F(PacingTest, EndsTheWaitOfACallerWhoLeaves) {
  Rest(absl::Seconds(5));
  Sent& gone = Send("a");
  Send("b");
  gone.caller.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(gone.result->done());
  EXPECT_EQ(SendFailureOf((*gone.result)->status()), SendFailure::kCancelled);
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(Targets(), ElementsAre("b"));
}

TEST_F(PacingTest, HoldsCallsBackWhileEverythingRestsAndWhileAnyWaitsForItsTurn) {
  EXPECT_FALSE(pace_.HoldsBack(clock_.Now()));
  LearnALimitOfOneASecond();
  EXPECT_FALSE(pace_.HoldsBack(clock_.Now()));  // the pace is known, and nobody has to wait for it
  for (const char* name : {"a", "b"}) Send(name);
  EXPECT_THAT(Targets(), ElementsAre("a"));
  EXPECT_TRUE(pace_.HoldsBack(clock_.Now()));
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(Targets(), ElementsAre("a", "b"));
  EXPECT_FALSE(pace_.HoldsBack(clock_.Now()));
  Rest(absl::Seconds(5));
  EXPECT_TRUE(pace_.HoldsBack(clock_.Now()));
}

TEST_F(PacingTest, HoldsNobodyBackOnceThoseWhoWaitedHaveLeft) {
  Rest(absl::Seconds(1));
  Sent& gone = Send("a");
  gone.caller.request_stop();
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(gone.result->done());
  EXPECT_FALSE(pace_.HoldsBack(clock_.Now()));
}

TEST_F(PacingTest, PutsOneThatIsTriedAgainAheadOfThoseWhoCameLater) {
  LearnALimitOfOneASecond();
  Sent& early = Send("early");
  Rest(absl::Seconds(5));
  Send("later");
  wire_->AnswerWith(200);
  Started<Result> again{loop_, pacing_->Send({.method = "POST", .target = "early again"}, early.call)};
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(Targets(), ElementsAre("early", "early again", "later"));
}

TEST_F(PacingTest, BecomesNoFasterWhileNothingIsSent) {
  LearnALimitOfOneASecond();
  Send("taken");
  const double measured = pace_.per_second();
  const absl::Duration limit = absl::Seconds(100);
  for (int i = 0; i < 100; ++i) Send("a", limit, SendError(SendFailure::kCircuitOpen, "", absl::Seconds(5)));
  clock_.Advance(absl::Seconds(60));
  EXPECT_GE(wire_->sent.size(), 40u);
  EXPECT_EQ(pace_.per_second(), measured);
}

TEST_F(PacingTest, LearnsNoLimitFromRequestsThatWereNotSent) {
  for (int i = 0; i < 10; ++i) Send("a", absl::Seconds(60), SendError(SendFailure::kUnreachable, ""));
  Send("b", absl::Seconds(60), HttpAnswer{429, {{"Retry-After", "1"}}, ""});
  EXPECT_EQ(pace_.limit(), std::nullopt);
  clock_.Advance(absl::Seconds(1));
  for (int i = 0; i < 10; ++i) Send("c", absl::Seconds(60), SendError(SendFailure::kAnswerLost, ""));
  Send("d", absl::Seconds(60), HttpAnswer{429, {{"Retry-After", "1"}}, ""});
  ASSERT_NE(pace_.limit(), std::nullopt);
  EXPECT_EQ(pace_.limit()->burst(), 10);
}

}  // namespace
}  // namespace webex_gateway
