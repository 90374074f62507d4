#include "server/http/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <map>

#include "absl/strings/str_cat.h"
#include "tests/server/http/learned_pace.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;

// A wire that holds every request until it is told how to end that one.
class HoldingHttp : public HttpClient {
 public:
  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call&) override {
    const std::string target = request.target;
    begun.push_back(target);
    Held& held = held_[target];
    co_await held.ended.Wait();
    co_return held.result;
  }

  void End(const std::string& target, absl::StatusOr<HttpAnswer> result) {
    held_[target].result = std::move(result);
    held_[target].ended.Set();
  }

  std::vector<std::string> begun;

 private:
  struct Held {
    Event ended;
    absl::StatusOr<HttpAnswer> result = HttpAnswer{200, {}, ""};
  };
  std::map<std::string, Held> held_;
};

class AdmissionTest : public testing::Test {
 protected:
  // A coroutine that never ends would never be freed.
  ~AdmissionTest() override {
    for (size_t i = 0; i < wire_->begun.size(); ++i) End(std::string(wire_->begun[i]));
  }

  struct Sent {
    Call call;
    std::stop_source caller;
    std::optional<Started<absl::StatusOr<HttpAnswer>>> result;
    bool done() const { return result->done(); }
    SendFailure failure() { return SendFailureOf((*result)->status()); }
  };

  void Allow(int calls, int queued) {
    wire_ = new HoldingHttp;
    admission_ = WithAdmission(std::unique_ptr<HttpClient>(wire_), clock_, pace_, status_, {calls, queued});
  }

  Sent& Send(const std::string& name, absl::Duration limit = absl::Seconds(60), const std::string& account = "") {
    Sent& sent = sent_.emplace_back();
    sent.call = {.request_id = name,
                 .account = account,
                 .deadline = Later(clock_.Now(), limit),
                 .stop = sent.caller.get_token()};
    sent.result.emplace(loop_, admission_->Send({.method = "POST", .target = name}, sent.call));
    clock_.RunLoop();
    return sent;
  }

  void End(const std::string& name, absl::StatusOr<HttpAnswer> result = HttpAnswer{200, {}, ""}) {
    wire_->End(name, std::move(result));
    clock_.RunLoop();
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;
  Pace pace_{random_};
  AdmissionStatus status_;
  HoldingHttp* wire_ = nullptr;
  std::unique_ptr<HttpClient> admission_;
  std::list<Sent> sent_;
};

TEST_F(AdmissionTest, LetsAsManyThroughAsItMayAndTheRestInTheOrderOfTheirComing) {
  Allow(2, 10);
  for (const char* name : {"a", "b", "c", "d", "e"}) Send(name);
  EXPECT_THAT(wire_->begun, ElementsAre("a", "b"));
  End("b");
  EXPECT_THAT(wire_->begun, ElementsAre("a", "b", "c"));
  End("a");
  End("c");
  EXPECT_THAT(wire_->begun, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(AdmissionTest, LetsAccountsTakeTurns) {
  Allow(1, 100);
  for (const char* name : {"a1", "a2", "a3", "a4"}) Send(name, absl::Seconds(60), "a");
  for (const char* name : {"b1", "b2"}) Send(name, absl::Seconds(60), "b");
  for (const char* name : {"a1", "a2", "b1", "a3", "b2"}) End(name);
  EXPECT_THAT(wire_->begun, ElementsAre("a1", "a2", "b1", "a3", "b2", "a4"));
}

TEST_F(AdmissionTest, LetsABatchFillTheQueueAndRefusesItsLastWhereAnotherAccountComes) {
  Allow(1, 3);
  for (const char* name : {"a1", "a2", "a3"}) Send(name, absl::Seconds(60), "a");
  Sent& last = Send("a4", absl::Seconds(60), "a");
  EXPECT_EQ(Send("a5", absl::Seconds(60), "a").failure(), SendFailure::kOverloaded);
  EXPECT_FALSE(last.done());
  EXPECT_FALSE(Send("b1", absl::Seconds(60), "b").done());
  ASSERT_TRUE(last.done());
  EXPECT_EQ(last.failure(), SendFailure::kOverloaded);
  EXPECT_EQ(Send("b2", absl::Seconds(60), "b").failure(), SendFailure::kOverloaded);  // two and one: as fair as it gets
  EXPECT_EQ(status_.queued, 3);
  for (const char* name : {"a1", "a2", "b1", "a3"}) End(name);
  EXPECT_THAT(wire_->begun, ElementsAre("a1", "a2", "b1", "a3"));
}

TEST_F(AdmissionTest, RefusesWhatFindsTheQueueFullAndTakesMoreOnceThereIsRoom) {
  Allow(1, 2);
  Send("a");
  Send("b");
  Send("c");
  Sent& refused = Send("d");
  ASSERT_TRUE(refused.done());
  EXPECT_EQ(refused.failure(), SendFailure::kOverloaded);
  End("a");
  EXPECT_FALSE(Send("e").done());
  EXPECT_EQ(Send("f").failure(), SendFailure::kOverloaded);
}

TEST_F(AdmissionTest, RefusesAtOnceWhereNothingMayWait) {
  Allow(1, 0);
  Send("a");
  EXPECT_EQ(Send("b").failure(), SendFailure::kOverloaded);
  End("a");
  Send("c");
  EXPECT_THAT(wire_->begun, ElementsAre("a", "c"));
}

TEST_F(AdmissionTest, EndsAWaitAtItsDeadlineAndLetsTheNextMoveUp) {
  Allow(1, 10);
  Send("a");
  Sent& late = Send("b", absl::Seconds(5));
  Send("c");
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_FALSE(late.done());
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(late.done());
  EXPECT_EQ(late.failure(), SendFailure::kDeadline);
  End("a");
  EXPECT_THAT(wire_->begun, ElementsAre("a", "c"));
}

TEST_F(AdmissionTest, EndsAWaitWhoseCallerLeaves) {
  Allow(1, 10);
  Send("a");
  Sent& gone = Send("b");
  Send("c");
  gone.caller.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(gone.done());
  EXPECT_EQ(gone.failure(), SendFailure::kCancelled);
  End("a");
  EXPECT_THAT(wire_->begun, ElementsAre("a", "c"));
}

TEST_F(AdmissionTest, RefusesAtOnceWhatTheQueueWouldKeepPastItsDeadline) {
  Allow(1, 10);
  for (int i = 0; i < 60; ++i) {  // until calls are known to take 10 s
    const std::string name = std::to_string(i);
    Send(name);
    clock_.Advance(absl::Seconds(10));
    End(name);
  }
  Send("a");
  Send("b");
  Sent& late = Send("c", absl::Seconds(19));
  ASSERT_TRUE(late.done());
  EXPECT_EQ(late.failure(), SendFailure::kOverloaded);
  EXPECT_NEAR(absl::ToDoubleSeconds(*RetryAfterOf((*late.result)->status())), 20, 0.1);
  EXPECT_FALSE(Send("d", absl::Seconds(21)).done());
}

TEST_F(AdmissionTest, RefusesAtOnceWhatThePaceWouldKeepPastItsDeadline) {
  Allow(1, 10);
  Send("a");
  pace_.OnLimited(clock_.Now(), pace_.OnLeave(clock_.Now(), 0), absl::Seconds(30));
  Sent& late = Send("b", absl::Seconds(30));
  ASSERT_TRUE(late.done());
  EXPECT_EQ(late.failure(), SendFailure::kRateLimited);
  EXPECT_EQ(RetryAfterOf((*late.result)->status()), absl::Seconds(30));
  EXPECT_FALSE(Send("c", absl::Seconds(31)).done());
}

TEST_F(AdmissionTest, SaysHowLongTheQueueTakesAtThePaceOfWebexsLimit) {
  LearnALimitOfOneASecond(pace_, clock_);
  Allow(1, 2);
  for (const char* name : {"a", "b", "c"}) Send(name);
  Sent& refused = Send("d");
  ASSERT_TRUE(refused.done());
  EXPECT_NEAR(absl::ToDoubleSeconds(*RetryAfterOf((*refused.result)->status())), 2 / pace_.per_second(), 0.01);
}

TEST_F(AdmissionTest, TakesNoWaitForThePaceForTheTimeThatCallsTake) {
  Allow(1, 10);
  Send("a");
  pace_.OnWaiting(1);
  clock_.Advance(absl::Seconds(100));
  End("a");
  pace_.OnWaiting(0);
  Send("b");
  EXPECT_FALSE(Send("c", absl::Seconds(5)).done());
}

// Each way in which a call can be refused here is by Webex's rate where that is what the places are held for.
class WhoseLimitTest : public AdmissionTest, public testing::WithParamInterface<bool> {
 protected:
  WhoseLimitTest() {
    if (GetParam()) pace_.OnWaiting(1);
  }
  static SendFailure Full() { return GetParam() ? SendFailure::kRateLimited : SendFailure::kOverloaded; }
};

TEST_P(WhoseLimitTest, IsReportedIfTheQueueIsFull) {
  Allow(1, 0);
  Send("a");
  EXPECT_EQ(Send("b").failure(), Full());
}

TEST_P(WhoseLimitTest, IsReportedIfAnotherAccountTakesThePlace) {
  Allow(1, 2);
  for (const char* name : {"a1", "a2"}) Send(name, absl::Seconds(60), "a");
  Sent& last = Send("a3", absl::Seconds(60), "a");
  Send("b1", absl::Seconds(60), "b");
  ASSERT_TRUE(last.done());
  EXPECT_EQ(last.failure(), Full());
}

TEST_P(WhoseLimitTest, IsReportedIfTheQueueIsTooLongForTheDeadline) {
  pace_.OnWaiting(0);
  Allow(1, 10);
  Send("a");
  clock_.Advance(absl::Seconds(100));
  End("a");  // so calls take 10 s, by what is known
  Send("b");
  if (GetParam()) pace_.OnWaiting(1);
  EXPECT_EQ(Send("c", absl::Seconds(5)).failure(), Full());
}

TEST_P(WhoseLimitTest, IsReportedIfTheDeadlinePassesInTheQueue) {
  Allow(1, 10);
  Send("a");
  Sent& late = Send("b", absl::Seconds(5));
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(late.done());
  EXPECT_EQ(late.failure(), GetParam() ? SendFailure::kRateLimited : SendFailure::kDeadline);
}

INSTANTIATE_TEST_SUITE_P(Limits, WhoseLimitTest, testing::Bool(),
                         [](const auto& rate) { return std::string(rate.param ? "Webex" : "TheGateway"); });

TEST_F(AdmissionTest, ReportsHowManyAreUnderWayAndWait) {
  Allow(2, 10);
  for (const char* name : {"a", "b", "c"}) Send(name);
  Sent& gone = Send("d");
  EXPECT_EQ(status_.under_way, 2);
  EXPECT_EQ(status_.queued, 2);
  gone.caller.request_stop();
  clock_.RunLoop();
  EXPECT_EQ(status_.queued, 1);
  for (const char* name : {"a", "b", "c"}) End(name);
  EXPECT_EQ(status_.under_way, 0);
  EXPECT_EQ(status_.queued, 0);
}

TEST_F(AdmissionTest, LeavesNoTimerBehind) {
  Allow(1, 10);
  Send("a");
  Send("b");
  EXPECT_EQ(clock_.timers(), 1u);
  End("a");
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(AdmissionTest, HandsTheSlotOnAfterEveryKindOfEnd) {
  const absl::StatusOr<HttpAnswer> ends[] = {
      HttpAnswer{200, {}, ""},
      HttpAnswer{429, {}, ""},
      HttpAnswer{500, {}, ""},
      SendError(SendFailure::kUnreachable, ""),
      SendError(SendFailure::kCertificate, ""),
      SendError(SendFailure::kAnswerLost, ""),
      SendError(SendFailure::kNoToken, ""),
      SendError(SendFailure::kOverloaded, ""),
      SendError(SendFailure::kRateLimited, ""),
      SendError(SendFailure::kCircuitOpen, ""),
      SendError(SendFailure::kDeadline, ""),
      SendError(SendFailure::kCancelled, ""),
  };
  Allow(1, 10);
  int number = 0;
  Send("0");
  for (const auto& end : ends) {
    const std::string now = std::to_string(number);
    const std::string next = std::to_string(++number);
    Send(next);
    EXPECT_EQ(wire_->begun.back(), now);
    End(now, end);
    EXPECT_EQ(wire_->begun.back(), next);
  }
  End(std::to_string(number));
  Send("free again");
  EXPECT_EQ(wire_->begun.back(), "free again");
}

TEST_F(AdmissionTest, KeepsTheSlotCountWhenTheCallerLeavesInTheSameMomentAsTheTurn) {
  Allow(1, 10);
  Send("a");
  Sent& late = Send("b", absl::Seconds(5));
  late.caller.request_stop();  // it is woken, and has not run yet
  End("a");                    // so the slot may have been handed to it
  if (!late.done()) End("b");
  ASSERT_TRUE(late.done());
  Send("c");
  Send("d");
  EXPECT_EQ(wire_->begun.back(), "c");
  End("c");
  EXPECT_EQ(wire_->begun.back(), "d");
}

}  // namespace
}  // namespace webex_gateway
