// The pace against models of Webex's limits, whose true shape nobody has published.

#include "server/http/pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <list>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "server/http/stack.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/fixed_bits.h"
#include "tests/server/testing/retries.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using Result = absl::StatusOr<HttpAnswer>;

// An upstream that decides at a request's arrival, and refuses sooner than it takes.
class LimitedHttp : public HttpClient {
 public:
  explicit LimitedHttp(Clock& clock) : clock_(clock) {}

  Async<Result> Send(HttpRequest, Call& call) override {
    ++sent;
    const bool taken = Take();
    if (taken) order.push_back(call.request_id);
    Event answered;
    const absl::Duration wait = taken ? latency : absl::Milliseconds(20);
    const auto timer = clock_.At(Later(clock_.Now(), wait), [&answered] { answered.Set(); });
    co_await answered.Wait();
    if (taken) co_return HttpAnswer{200, {}, ""};
    ++limited;
    HttpAnswer answer{429, {}, ""};
    if (retry_after > 0) answer.headers.push_back({"Retry-After", absl::StrCat(retry_after)});
    co_return answer;
  }

  virtual bool Take() = 0;

  int sent = 0;
  int limited = 0;
  int retry_after = 1;
  absl::Duration latency = absl::Milliseconds(20);
  std::vector<std::string> order;  // of those taken

 protected:
  Clock& clock_;
};

// Saves up a second's worth at most.
class TokenBucket : public LimitedHttp {
 public:
  TokenBucket(Clock& clock, double per_second) : LimitedHttp(clock), per_second_(per_second), saved_(per_second) {}
  bool Take() override {
    const Clock::Time now = clock_.Now();
    saved_ = std::min(per_second_, saved_ + std::chrono::duration<double>(now - last_).count() * per_second_);
    last_ = now;
    if (saved_ < 1) return false;
    saved_ -= 1;
    return true;
  }

 private:
  const double per_second_;
  double saved_;
  Clock::Time last_{};
};

// So many in each window of a second; the rest of the window is closed.
class FixedWindow : public LimitedHttp {
 public:
  FixedWindow(Clock& clock, int per_second) : LimitedHttp(clock), per_second_(per_second) {}
  bool Take() override {
    const auto window = clock_.Now().time_since_epoch() / std::chrono::seconds(1);
    if (window != window_) taken_ = 0;
    window_ = window;
    return ++taken_ <= per_second_;
  }

 private:
  const int per_second_;
  int taken_ = 0;
  int64_t window_ = -1;
};

class BacklogTest : public testing::Test {
 protected:
  // Sends so many orders at once; how long it takes until all have been taken.
  absl::Duration Drain(LimitedHttp& upstream, int orders, absl::Duration deadline = absl::Seconds(60)) {
    absl::BitGen random;
    FakeTokens tokens;
    Retries retries;
    const auto stack = CreateStack(upstream, clock_, random, tokens, [](const HttpAnswer&) { return false; }, retries,
                                   {.admission = {64, 1000}});
    std::list<Call> calls;
    std::vector<Started<Result>> started;
    const Clock::Time begun = clock_.Now();
    for (int i = 0; i < orders; ++i) {
      Call& call = calls.emplace_back(Call{.request_id = absl::StrCat(i), .deadline = Later(begun, deadline)});
      started.emplace_back(loop_, stack->client().Send({.method = "POST"}, call));
    }
    clock_.RunLoop();
    const auto all_done = [&started] {
      return std::all_of(started.begin(), started.end(), [](const auto& call) { return call.done(); });
    };
    while (!all_done()) clock_.Advance(absl::Milliseconds(1));
    for (auto& call : started) EXPECT_TRUE(call->ok() && (*call)->status == 200) << call->status();
    return absl::FromChrono(clock_.Now() - begun);
  }

  Loop loop_;
  FakeClock clock_{loop_};
};

TEST_F(BacklogTest, DrainsABacklogAtTheRateOfATokenBucket) {
  TokenBucket webex(clock_, 50);
  EXPECT_LE(Drain(webex, 1000), absl::Seconds(1.25 * 20));
  EXPECT_LT(webex.limited, 100);
}

TEST_F(BacklogTest, DrainsABacklogAtTheRateOfAFixedWindow) {
  FixedWindow webex(clock_, 50);
  EXPECT_LE(Drain(webex, 1000), absl::Seconds(1.25 * 20));
  EXPECT_LT(webex.limited, 100);
}

TEST_F(BacklogTest, DrainsABacklogWhereNoRetryAfterIsGiven) {
  TokenBucket webex(clock_, 50);
  webex.retry_after = 0;
  EXPECT_LE(Drain(webex, 1000), absl::Seconds(1.5 * 20)) << "each complaint costs some seconds";
  EXPECT_LT(webex.limited, 100);
}

TEST_F(BacklogTest, DrainsABacklogThroughSlowAnswers) {
  TokenBucket webex(clock_, 50);
  webex.latency = absl::Milliseconds(1200);  // as slow as 64 calls at a time allow
  EXPECT_LE(Drain(webex, 1000), absl::Seconds(1.25 * 20));
  EXPECT_LT(webex.limited, 100);
}

TEST_F(BacklogTest, DrainsABacklogAtASlowRate) {
  TokenBucket webex(clock_, 5);
  EXPECT_LE(Drain(webex, 300, absl::Seconds(100)), absl::Seconds(1.25 * 60));
}

TEST_F(BacklogTest, SendsInTheOrderOfArrivalEvenWhatWasRefusedBefore) {
  TokenBucket webex(clock_, 50);
  Drain(webex, 300);
  int out_of_order = 0;
  for (size_t i = 0; i < webex.order.size(); ++i) {
    out_of_order += std::abs(std::stoi(webex.order[i]) - static_cast<int>(i)) > 64 ? 1 : 0;
  }
  EXPECT_EQ(out_of_order, 0) << "none strays further than the calls under way";
}

// ---- The rules one by one.

class PaceTest : public testing::Test {
 protected:
  void Elapse(absl::Duration by) { now_ = Later(now_, by); }
  absl::Duration ToNext() const { return absl::FromChrono(pace_.next() - now_); }

  // So many leave and are taken, evenly within a second.
  void TakeForASecond(int requests) {
    for (int i = 0; i < requests; ++i) {
      Elapse(absl::Seconds(1) / requests);
      pace_.OnLeave(now_, true);
      pace_.OnTaken();
    }
  }

  FixedBits random_;
  Pace pace_{random_};
  Clock::Time now_{std::chrono::hours(1)};
};

TEST_F(PaceTest, IsNoneUntilTheFirst429) {
  TakeForASecond(1000);
  EXPECT_TRUE(std::isinf(pace_.per_second()));
  EXPECT_LE(ToNext(), absl::ZeroDuration());
}

TEST_F(PaceTest, PausesForAsLongAsWebexAsks) {
  pace_.OnLimited(now_, 0, absl::Seconds(7));
  EXPECT_EQ(ToNext(), absl::Seconds(7));
}

TEST_F(PaceTest, PausesForALongerBackoffEachTimeWhereWebexDoesNotSay) {
  for (const int seconds : {5, 10, 15, 15}) {
    const int64_t number = pace_.OnLeave(now_, true);
    pace_.OnLimited(now_, number, std::nullopt);
    EXPECT_EQ(ToNext(), absl::Seconds(seconds));
    Elapse(ToNext());
  }
}

TEST_F(PaceTest, PausesForALittleLongerEachTimeWhereWebexAsksForNextToNothing) {
  for (const int milliseconds : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    const int64_t number = pace_.OnLeave(now_, true);
    pace_.OnLimited(now_, number, absl::ZeroDuration());
    EXPECT_EQ(ToNext(), absl::Milliseconds(milliseconds));
    Elapse(ToNext());
  }
}

TEST_F(PaceTest, GoesOnALittleSlowerThanWebexWasTakingRequests) {
  TakeForASecond(50);
  pace_.OnLimited(now_, 0, absl::Seconds(1));
  EXPECT_NEAR(pace_.per_second(), 43, 2);
}

TEST_F(PaceTest, TakesSeveralRefusalsOfOnePaceForOneComplaintAboutAllOfThem) {
  TakeForASecond(50);
  for (int i = 0; i < 5; ++i) pace_.OnLimited(now_, 0, absl::Seconds(1));
  EXPECT_NEAR(pace_.per_second(), 40, 1.5);
  EXPECT_EQ(ToNext(), absl::Seconds(1));
}

TEST_F(PaceTest, SpreadsRequestsEvenly) {
  TakeForASecond(50);
  pace_.OnLimited(now_, 0, absl::Seconds(1));
  Elapse(absl::Seconds(1));
  pace_.OnLeave(now_, true);
  EXPECT_NEAR(absl::ToDoubleMilliseconds(ToNext()), 1000.0 / 43, 2);
}

TEST_F(PaceTest, GrowsWhileThereIsDemandAndFasterAfterACalmHalfMinute) {
  TakeForASecond(100);
  pace_.OnLimited(now_, 0, absl::Seconds(1));
  Elapse(absl::Seconds(1));
  TakeForASecond(10);
  const double at_first = pace_.per_second();
  TakeForASecond(10);
  EXPECT_NEAR(pace_.per_second() / at_first, 1.01, 0.001);
  for (int i = 0; i < 30; ++i) TakeForASecond(10);
  const double before = pace_.per_second();
  TakeForASecond(10);
  EXPECT_NEAR(pace_.per_second() / before, 1.1, 0.01);
}

TEST_F(PaceTest, DoesNotGrowWithoutDemand) {
  TakeForASecond(100);
  pace_.OnLimited(now_, 0, absl::Seconds(1));
  const double before = pace_.per_second();
  for (int i = 0; i < 100; ++i) {
    Elapse(absl::Seconds(1));
    pace_.OnLeave(now_, false);
  }
  EXPECT_EQ(pace_.per_second(), before);
}

// ---- Those who wait.

class PacingTest : public testing::Test {
 protected:
  // A coroutine that never ends would never be freed.
  ~PacingTest() override { clock_.Advance(absl::Minutes(2)); }

  struct Sent {
    Call call;
    std::stop_source caller;
    std::optional<Started<Result>> result;
  };

  Sent& Send(const std::string& name, absl::Duration limit = absl::Seconds(60)) {
    Sent& sent = sent_.emplace_back();
    sent.call = {.request_id = name, .deadline = Later(clock_.Now(), limit), .stop = sent.caller.get_token()};
    wire_->AnswerWith(200);
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
  const std::unique_ptr<HttpClient> pacing_ = WithPace(std::unique_ptr<HttpClient>(wire_), clock_, pace_);
  std::list<Sent> sent_;
};

TEST_F(PacingTest, LetsThemLeaveInTheOrderOfTheirComing) {
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(5));
  for (const char* name : {"a", "b", "c"}) Send(name);
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_TRUE(wire_->sent.empty());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(Targets(), ElementsAre("a"));
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(Targets(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(PacingTest, RefusesAtOnceWhoseTurnWouldComeAfterTheDeadline) {
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(5));
  Send("a");
  Sent& late = Send("b", absl::Seconds(5));
  ASSERT_TRUE(late.result->done());
  EXPECT_EQ(SendFailureOf((*late.result)->status()), SendFailure::kRateLimited);
  EXPECT_EQ(RetryAfterOf((*late.result)->status()), absl::Seconds(6));
}

TEST_F(PacingTest, RefusesThoseWhoWaitAlreadyWhenThePauseGrowsBeyondTheirDeadline) {
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(5));
  Sent& first = Send("a");
  Sent& second = Send("b", absl::Seconds(20));
  wire_->sent.clear();
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(first.result->done());
  EXPECT_FALSE(second.result->done());
  // The order that left meanwhile meets a 429 of its own.
  Sent third;
  third.call = {.request_id = "c", .deadline = Later(clock_.Now(), absl::Seconds(60))};
  pace_.OnLimited(clock_.Now(), 1, absl::Seconds(30));
  Send("d", absl::Seconds(60));  // any event makes the queue look again
  ASSERT_TRUE(second.result->done());
  EXPECT_EQ(SendFailureOf((*second.result)->status()), SendFailure::kRateLimited);
}

TEST_F(PacingTest, SaysThatTheRateIsLimitedAlsoWhereTheDeadlineComesInTheWait) {
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(5));
  Sent& late = Send("a", absl::Seconds(10));
  pace_.OnLimited(clock_.Now(), 1, absl::Seconds(30));
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(late.result->done());
  EXPECT_EQ(SendFailureOf((*late.result)->status()), SendFailure::kRateLimited);
  EXPECT_EQ(RetryAfterOf((*late.result)->status()), absl::Seconds(20));
}

TEST_F(PacingTest, EndsTheWaitOfACallerWhoLeaves) {
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(5));
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
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(5));
  EXPECT_TRUE(pace_.HoldsBack(clock_.Now()));
  for (const char* name : {"a", "b"}) Send(name);
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(Targets(), ElementsAre("a"));
  EXPECT_TRUE(pace_.HoldsBack(clock_.Now()));
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(Targets(), ElementsAre("a", "b"));
  EXPECT_FALSE(pace_.HoldsBack(clock_.Now()));  // the pace is known, and nobody has to wait for it
}

TEST_F(PacingTest, HoldsNobodyBackOnceThoseWhoWaitedHaveLeft) {
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(1));
  Sent& gone = Send("a");
  gone.caller.request_stop();
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(gone.result->done());
  EXPECT_FALSE(pace_.HoldsBack(clock_.Now()));
}

TEST_F(PacingTest, PutsOneThatIsTriedAgainAheadOfThoseWhoCameLater) {
  Sent& early = Send("early");
  pace_.OnLimited(clock_.Now(), 0, absl::Seconds(5));
  Send("later");
  wire_->AnswerWith(200);
  Started<Result> again{loop_, pacing_->Send({.method = "POST", .target = "early again"}, early.call)};
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(Targets(), ElementsAre("early", "early again", "later"));
}

}  // namespace
}  // namespace webex_gateway
