#include "server/http/stack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/retry_after.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;

// Writes down all that a report shows.
class Notes : public SendObserver {
 public:
  void OnSent(const SendReport& report) override {
    lines.push_back(absl::StrCat(
        report.stage, " ", report.method, " ", report.call.request_id, " ", report.call.attempts, " ",
        report.result.ok() ? absl::StrCat(report.result->status) : std::string(report.result.status().message()), " ",
        absl::FormatDuration(report.elapsed)));
    if (report.stage == "attempt") spans.push_back(report.call.span_id);
  }
  void OnRetry(RetryCause) override {}
  std::vector<std::string> lines;
  std::vector<std::string> spans;  // of attempts
};

class StackTest : public testing::Test {
 protected:
  Started<absl::StatusOr<HttpAnswer>> Send() {
    Started<absl::StatusOr<HttpAnswer>> started{loop_, stack_->client().Send({.method = "POST"}, call_)};
    clock_.RunLoop();
    return started;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  absl::BitGen random_;
  FakeTokens tokens_;
  Notes notes_;
  FakeHttp wire_;
  const std::unique_ptr<HttpStack> stack_ =
      CreateStack(wire_, clock_, random_, tokens_, [](const HttpAnswer& a) { return a.status == 401; }, notes_,
                  {.admission = {.max_calls = 1}});
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))};
};

TEST_F(StackTest, ReportsEachAttemptAndTheCallWithItsWaits) {
  wire_.AnswerWith(429, {{"Retry-After", "20"}});
  wire_.AnswerWith(200);
  auto answer = Send();
  clock_.Advance(absl::Seconds(20));
  ASSERT_TRUE(answer.done());
  EXPECT_THAT(notes_.lines, ElementsAre("attempt POST r 1 429 0", "attempt POST r 2 200 0", "call POST r 2 200 20s"));
}

TEST_F(StackTest, GivesWhoeverMeetsAHugeRetryAfterTheSameWaitAsAllOthers) {
  wire_.AnswerWith(429, {{"Retry-After", "99999999"}});
  auto met_it = Send();
  auto other = Send();
  ASSERT_TRUE(met_it.done() && other.done());
  ASSERT_TRUE(met_it->ok());
  EXPECT_EQ(RetryAfterIn(**met_it, clock_.WallNow()), absl::Minutes(10));
  EXPECT_EQ(RetryAfterOf(other->status()), absl::Minutes(10));
  EXPECT_EQ(wire_.sent.size(), 1u);
}

TEST_F(StackTest, TakesAFreshTokenForEachAttempt) {
  tokens_.token = "one";
  wire_.AnswerWith(429, {{"Retry-After", "20"}});
  wire_.AnswerWith(200);
  Send();
  tokens_.token = "two";
  clock_.Advance(absl::Seconds(20));
  ASSERT_EQ(wire_.sent.size(), 2u);
  EXPECT_EQ(FindHeader(wire_.sent[0].headers, "Authorization"), "Bearer one");
  EXPECT_EQ(FindHeader(wire_.sent[1].headers, "Authorization"), "Bearer two");
}

TEST_F(StackTest, ShowsTheTokenToTheWireAlone) {
  tokens_.token = "s3cret";
  wire_.AnswerWith(401);
  wire_.FailWith(SendFailure::kUnreachable);
  wire_.AnswerWith(200);
  Send();
  Send();
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ(wire_.sent.size(), 3u);
  EXPECT_EQ(FindHeader(wire_.sent.back().headers, "Authorization"), "Bearer s3cret");
  EXPECT_EQ(notes_.lines.size(), 5u);
  for (const std::string& line : notes_.lines) EXPECT_FALSE(absl::StrContains(line, "s3cret")) << line;
}

TEST_F(StackTest, HoldsTheCallsSlotThroughItsWaits) {
  wire_.AnswerWith(429, {{"Retry-After", "20"}});
  wire_.AnswerWith(200);
  wire_.AnswerWith(201);
  auto first = Send();
  Call other{.request_id = "s", .deadline = Later(clock_.Now(), absl::Seconds(60))};
  Started<absl::StatusOr<HttpAnswer>> second{loop_, stack_->client().Send({.method = "POST"}, other)};
  clock_.RunLoop();
  EXPECT_EQ(wire_.sent.size(), 1u);
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ((*first)->status, 200);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ((*second)->status, 201);
}

TEST_F(StackTest, ReportsTheMomentOfTheEndEvenWhereNothingWasSent) {
  tokens_.token = SendError(SendFailure::kNoToken, "no token yet");
  Send();
  EXPECT_THAT(notes_.lines, ElementsAre("attempt POST r 1 no token yet 0", "call POST r 1 no token yet 0"));
}

TEST_F(StackTest, NamesEachAttemptForCiscosSupport) {
  wire_.FailWith(SendFailure::kUnreachable);
  wire_.AnswerWith(429);
  wire_.AnswerWith(200);
  Send();
  clock_.Advance(absl::Seconds(20));
  std::vector<std::string> ids;
  for (const HttpRequest& sent : wire_.sent) ids.emplace_back(FindHeader(sent.headers, "TrackingID").value_or(""));
  EXPECT_THAT(ids, ElementsAre("WXGW_r_1", "WXGW_r_2", "WXGW_r_3"));
}

TEST_F(StackTest, PassesTheTraceOnWithASpanOfItsOwnForEachAttempt) {
  call_.trace = {.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", .flags = 1, .state = "a=1,b=2"};
  wire_.AnswerWith(429);
  wire_.AnswerWith(200);
  Send();
  clock_.Advance(absl::Seconds(20));
  ASSERT_EQ(wire_.sent.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(FindHeader(wire_.sent[i].headers, "traceparent"), TraceParentOf(call_.trace, notes_.spans[i]));
    EXPECT_EQ(FindHeader(wire_.sent[i].headers, "tracestate"), "a=1,b=2");
  }
  EXPECT_EQ(notes_.spans[0].size(), 16u);
  EXPECT_NE(notes_.spans[0], notes_.spans[1]);
}

TEST_F(StackTest, SendsNoTraceWhereTheCallHasNone) {
  wire_.AnswerWith(200);
  Send();
  EXPECT_EQ(FindHeader(wire_.sent[0].headers, "traceparent"), std::nullopt);
  EXPECT_EQ(FindHeader(wire_.sent[0].headers, "tracestate"), std::nullopt);
}

TEST_F(StackTest, SendsNoStateWhereTheTraceHasNone) {
  call_.trace.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  wire_.AnswerWith(200);
  Send();
  EXPECT_NE(FindHeader(wire_.sent[0].headers, "traceparent"), std::nullopt);
  EXPECT_EQ(FindHeader(wire_.sent[0].headers, "tracestate"), std::nullopt);
}

TEST_F(StackTest, CountsNoAttemptThatTheBreakerRefuses) {
  for (int i = 0; i < 10; ++i) wire_.AnswerWith(500);
  for (int i = 0; i < 10; ++i) Send();
  EXPECT_EQ(stack_->Status().breaker, Breaker::State::kOpen);
  call_.attempts = 0;
  auto refused = Send();
  ASSERT_TRUE(refused.done());
  EXPECT_EQ(SendFailureOf(refused->status()), SendFailure::kCircuitOpen);
  EXPECT_GT(RetryAfterOf(refused->status()), absl::Seconds(2));
  EXPECT_EQ(call_.attempts, 0);
  EXPECT_EQ(wire_.sent.size(), 10u);
}

TEST_F(StackTest, ReportsTheStateOfTheCalls) {
  EXPECT_EQ(stack_->Status().admission.under_way, 0);
  EXPECT_EQ(stack_->Status().pace, std::numeric_limits<double>::infinity());
  EXPECT_EQ(stack_->Status().paused, absl::ZeroDuration());
  EXPECT_EQ(stack_->Status().breaker, Breaker::State::kClosed);
  wire_.AnswerWith(429, {{"Retry-After", "20"}});
  auto first = Send();
  Call other{.request_id = "s", .deadline = Later(clock_.Now(), absl::Seconds(60))};
  Started<absl::StatusOr<HttpAnswer>> second{loop_, stack_->client().Send({.method = "POST"}, other)};
  clock_.RunLoop();
  EXPECT_EQ(stack_->Status().admission.under_way, 1);
  EXPECT_EQ(stack_->Status().admission.queued, 1);
  EXPECT_EQ(stack_->Status().pace, std::numeric_limits<double>::infinity());
  EXPECT_EQ(stack_->Status().paused, absl::Seconds(20));
  EXPECT_TRUE(stack_->Status().limit_holds_back);
  wire_.AnswerWith(200);
  wire_.AnswerWith(200);
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(first.done() && second.done());
  EXPECT_EQ(stack_->Status().admission.under_way, 0);
  EXPECT_EQ(stack_->Status().admission.queued, 0);
}

TEST(FeltLimit, IsTheMeasuredOneWhereCallsWaitForIt) {
  const BelievedLimit measured{.per_second = 38.2, .burst = 10, .measured = true};
  const BelievedLimit guessed{.per_second = 38.2, .burst = 10, .measured = false};
  EXPECT_EQ(FeltLimit({.limit = measured, .limit_holds_back = true}), 38.2);
  EXPECT_EQ(FeltLimit({.limit = measured, .limit_holds_back = false}), std::nullopt);
  EXPECT_EQ(FeltLimit({.limit = guessed, .limit_holds_back = true}), std::nullopt);
  EXPECT_EQ(FeltLimit({.limit_holds_back = true}), std::nullopt);
}

TEST_F(StackTest, ReportsWhatIsSentOverASharedClientUnderAStageOfItsOwn) {
  const auto client = WithTelemetry(wire_, clock_, notes_, "refresh");
  wire_.AnswerWith(400);
  Started<absl::StatusOr<HttpAnswer>> answer{loop_, client->Send({.method = "POST"}, call_)};
  clock_.RunLoop();
  ASSERT_TRUE(answer.done());
  EXPECT_THAT(notes_.lines, ElementsAre("refresh POST r 0 400 0"));
}

}  // namespace
}  // namespace webex_gateway
