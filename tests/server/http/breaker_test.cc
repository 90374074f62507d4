#include "server/http/breaker.h"

#include <gtest/gtest.h>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

class BreakerTest : public testing::Test {
 protected:
  using Result = Breaker::Result;
  using State = Breaker::State;

  // Whether it let the request out, which ended like this.
  bool Try(Result result) {
    const Breaker::Pass pass = breaker_.Admit(now_);
    if (pass == Breaker::Pass::kRefused) return false;
    breaker_.OnResult(now_, pass, result);
    return true;
  }
  void Fail(int times) {
    for (int i = 0; i < times; ++i) EXPECT_TRUE(Try(Result::kFailure)) << i;
  }
  void Elapse(absl::Duration by) { now_ = Later(now_, by); }

  FixedBits random_;  // the least: half of each wait
  Breaker breaker_{random_};
  Clock::Time now_{};
};

TEST_F(BreakerTest, OpensAtTheTenthFailureOfTheLastTwentyResults) {
  for (int i = 0; i < 9; ++i) {
    Try(Result::kFailure);
    Try(Result::kSuccess);
  }
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  Try(Result::kFailure);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
  EXPECT_FALSE(Try(Result::kSuccess));
}

TEST_F(BreakerTest, ForgetsWhatIsLongerAgoThanTwentyResults) {
  Fail(9);
  for (int i = 0; i < 20; ++i) Try(Result::kSuccess);
  Fail(9);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
}

TEST_F(BreakerTest, LearnsNothingFromWhatSaysNothingAboutWebex) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Try(Result::kNothing));
  Fail(9);
  for (int i = 0; i < 100; ++i) Try(Result::kNothing);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  Fail(1);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
}

TEST_F(BreakerTest, LetsOneProbeOutAfterItsWaitAndClosesWhenThatSucceeds) {
  Fail(10);
  EXPECT_EQ(breaker_.Left(now_), absl::Milliseconds(2500));
  Elapse(absl::Milliseconds(2499));
  EXPECT_EQ(breaker_.Admit(now_), Breaker::Pass::kRefused);
  Elapse(absl::Milliseconds(1));
  EXPECT_EQ(breaker_.state(now_), State::kHalfOpen);
  EXPECT_EQ(breaker_.Left(now_), absl::ZeroDuration());
  EXPECT_EQ(breaker_.Admit(now_), Breaker::Pass::kProbe);
  EXPECT_EQ(breaker_.Admit(now_), Breaker::Pass::kRefused);
  EXPECT_EQ(breaker_.Left(now_), absl::Seconds(1)) << "nobody is to ask again at once, all the while that it hangs";
  breaker_.OnResult(now_, Breaker::Pass::kProbe, Result::kSuccess);
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
  Fail(9);
  EXPECT_EQ(breaker_.state(now_), State::kClosed) << "what was before is forgotten";
}

TEST_F(BreakerTest, WaitsTwiceAsLongEachTimeAProbeFailsUpToAMinute) {
  Fail(10);
  for (const double seconds : {2.5, 5.0, 10.0, 20.0, 30.0, 30.0}) {
    EXPECT_EQ(breaker_.Left(now_), absl::Seconds(seconds));
    Elapse(absl::Seconds(seconds));
    ASSERT_TRUE(Try(Result::kFailure));
  }
}

TEST_F(BreakerTest, ProbesAgainWhereTheProbeSaidNothing) {
  Fail(10);
  Elapse(absl::Seconds(5));
  EXPECT_TRUE(Try(Result::kNothing));
  EXPECT_EQ(breaker_.state(now_), State::kHalfOpen);
  EXPECT_TRUE(Try(Result::kSuccess));
  EXPECT_EQ(breaker_.state(now_), State::kClosed);
}

TEST_F(BreakerTest, HeedsNoResultOfARequestFromBeforeItOpened) {
  const Breaker::Pass early = breaker_.Admit(now_);
  Fail(10);
  breaker_.OnResult(now_, early, Result::kSuccess);
  EXPECT_EQ(breaker_.state(now_), State::kOpen);
  breaker_.OnResult(now_, early, Result::kFailure);
  EXPECT_EQ(breaker_.Left(now_), absl::Milliseconds(2500));
}

TEST_F(BreakerTest, SaysSinceWhenAndWhyItIsOpenAndWhenTheNextProbeGoes) {
  EXPECT_FALSE(breaker_.outage(now_));
  for (int i = 0; i < 10; ++i) breaker_.OnResult(now_, breaker_.Admit(now_), Result::kFailure, "HTTP status 500");
  Elapse(absl::Seconds(1));
  ASSERT_TRUE(breaker_.outage(now_));
  EXPECT_EQ(breaker_.outage(now_)->lasts, absl::Seconds(1));
  EXPECT_EQ(breaker_.outage(now_)->why, "HTTP status 500");
  EXPECT_EQ(breaker_.outage(now_)->next_probe, absl::Milliseconds(1500));
  Elapse(absl::Milliseconds(1500));
  const Breaker::Pass probe = breaker_.Admit(now_);
  EXPECT_EQ(breaker_.outage(now_)->next_probe, absl::ZeroDuration());
  breaker_.OnResult(now_, probe, Result::kFailure, "it does not answer");
  EXPECT_EQ(breaker_.outage(now_)->lasts, absl::Milliseconds(2500)) << "since it opened first";
  EXPECT_EQ(breaker_.outage(now_)->why, "it does not answer");
  EXPECT_EQ(breaker_.outage(now_)->next_probe, absl::Seconds(5));
}

// ---- What counts as a failure.

struct Verdict {
  const char* name;
  absl::StatusOr<HttpAnswer> answer;
  bool opens;
};

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) { return out << verdict.name; }

class BreakerVerdictTest : public testing::TestWithParam<Verdict> {};

TEST_P(BreakerVerdictTest, OpensForWhatWebexFailsAtAlone) {
  Loop loop;
  FakeClock clock(loop);
  FixedBits random;
  Breaker breaker(random);
  auto* const wire = new FakeHttp;
  const auto client = WithBreaker(std::unique_ptr<HttpClient>(wire), clock, breaker);
  Call call{.deadline = Later(clock.Now(), absl::Seconds(60))};
  for (int i = 0; i < 30; ++i) {
    wire->Answer(GetParam().answer);
    const Started<absl::StatusOr<HttpAnswer>> sent{loop, client->Send({.method = "POST"}, call)};
    clock.RunLoop();
    ASSERT_TRUE(sent.done());
  }
  EXPECT_EQ(wire->sent.size(), GetParam().opens ? 10u : 30u);
}

const Verdict kVerdicts[] = {
    {"Ok", HttpAnswer{200, {}, ""}, false},
    {"Rejected", HttpAnswer{400, {}, ""}, false},
    {"RateLimited", HttpAnswer{429, {}, ""}, false},
    {"Failed", HttpAnswer{500, {}, ""}, true},
    {"NotImplemented", HttpAnswer{501, {}, ""}, false},
    {"Overloaded", HttpAnswer{503, {}, ""}, true},
    {"Unreachable", SendError(SendFailure::kUnreachable, ""), true},
    {"Certificate", SendError(SendFailure::kCertificate, ""), true},
    {"AnswerLost", SendError(SendFailure::kAnswerLost, ""), true},
    {"NoToken", SendError(SendFailure::kNoToken, ""), false},
    {"Deadline", SendError(SendFailure::kDeadline, ""), false},
    {"NoConnectionBeforeTheDeadline", WithoutConnection(SendError(SendFailure::kDeadline, "")), true},
    {"Cancelled", SendError(SendFailure::kCancelled, ""), false},
};

INSTANTIATE_TEST_SUITE_P(Verdicts, BreakerVerdictTest, testing::ValuesIn(kVerdicts),
                         [](const auto& verdict) { return std::string(verdict.param.name); });

}  // namespace
}  // namespace webex_gateway
