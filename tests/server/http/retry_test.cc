#include "server/http/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>

#include "absl/strings/str_cat.h"
#include "server/http/auth.h"
#include "server/http/pacing.h"
#include "server/http/tracking.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/fixed_bits.h"
#include "tests/server/testing/retries.h"

namespace webex_gateway {
namespace {

using Result = absl::StatusOr<HttpAnswer>;

// With the pace below it, which is what a 429 waits for.
class RetryTest : public testing::Test {
 protected:
  Started<Result> Send(HttpRequest request) {
    Started<Result> started{loop_, retry_->Send(std::move(request), call_)};
    clock_.RunLoop();
    return started;
  }

  // How often a request is sent that meets `result` forever, within a minute.
  size_t AttemptsAgainst(const Result& result, bool repeatable = false) {
    for (int i = 0; i < 100; ++i) wire_->Answer(result);
    auto sent = Send({.method = repeatable ? "PUT" : "POST", .repeatable = repeatable});
    clock_.Advance(absl::Seconds(60));
    EXPECT_TRUE(sent.done());
    EXPECT_EQ(call_.attempts, static_cast<int>(wire_->sent.size()));
    return wire_->sent.size();
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;
  Pace pace_{random_};
  Retries retries_;
  FakeHttp* const wire_ = new FakeHttp;
  const std::unique_ptr<HttpClient> retry_ =
      WithRetry(WithPace(WithTracking(std::unique_ptr<HttpClient>(wire_), random_), clock_, pace_, kNobodyQueued),
                clock_, random_, retries_, RetryOptions{});
  std::stop_source caller_;
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60)), .stop = caller_.get_token()};
};

TEST_F(RetryTest, WaitsAsLongAsRetryAfterSays) {
  wire_->AnswerWith(429, {{"retry-after", "7"}});
  wire_->AnswerWith(200);
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Milliseconds(6999));
  EXPECT_EQ(wire_->sent.size(), 1u);
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ(call_.attempts, 2);
}

TEST_F(RetryTest, WaitsUntilTheDateOfRetryAfter) {
  const std::string date =
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", clock_.WallNow() + absl::Seconds(9), absl::UTCTimeZone());
  wire_->AnswerWith(503, {{"Retry-After", date}});
  wire_->AnswerWith(200);
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Milliseconds(8999));
  EXPECT_FALSE(answer.done());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(answer.done());
}

struct OddRetryAfter {
  const char* value;
  int milliseconds;  // until the next attempt
};

class OddRetryAfterTest : public RetryTest, public testing::WithParamInterface<OddRetryAfter> {};

TEST_P(OddRetryAfterTest, WaitsForWhatCanBeReadAndElseForSomeSeconds) {
  wire_->AnswerWith(429, {{"Retry-After", GetParam().value}});
  wire_->AnswerWith(200);
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Milliseconds(GetParam().milliseconds - 1));
  EXPECT_FALSE(answer.done());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(answer.done());
}

INSTANTIATE_TEST_SUITE_P(Seen, OddRetryAfterTest,
                         testing::Values(OddRetryAfter{"0", 100}, OddRetryAfter{"Sun, 06 Nov 1994 08:49:37 GMT", 100},
                                         OddRetryAfter{"30 seconds", 30'000}, OddRetryAfter{"30.5", 31'000},
                                         OddRetryAfter{"1, 1", 1000}, OddRetryAfter{"rand(30),add(30)", 5000},
                                         OddRetryAfter{"", 5000}),
                         [](const auto& value) { return absl::StrCat("Value", value.index); });

TEST_F(RetryTest, HonoursRetryAfterButNotPastTheDeadline) {
  wire_->AnswerWith(429, {{"Retry-After", "60"}});
  auto answer = Send({.method = "POST"});
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 429);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(RetryTest, AnswersAtOnceWhereRetryAfterIsLongerThanItCanCount) {
  wire_->AnswerWith(429, {{"Retry-After", "99999999999999999999999"}});
  auto answer = Send({.method = "POST"});
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 429);
}

TEST_F(RetryTest, TriesForTheLastTimeJustBeforeTheDeadline) {
  wire_->AnswerWith(429, {{"Retry-After", "59"}});
  wire_->AnswerWith(429, {{"Retry-After", "1"}});
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Seconds(59));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ(wire_->sent.size(), 2u);
}

TEST_F(RetryTest, DrawsTheWaitFromTheUpperHalfOfTheCeiling) {
  random_.bits = 0;
  wire_->FailWith(SendFailure::kUnreachable);
  wire_->AnswerWith(200);
  auto least = Send({.method = "POST"});
  clock_.Advance(absl::Milliseconds(100) - absl::Nanoseconds(1));
  EXPECT_FALSE(least.done());
  clock_.Advance(absl::Nanoseconds(1));
  EXPECT_TRUE(least.done());

  random_.bits = ~uint64_t{0} << 20;  // all ones would be drawn again forever
  call_.attempts = 0;
  wire_->FailWith(SendFailure::kUnreachable);
  wire_->AnswerWith(200);
  auto most = Send({.method = "POST"});
  clock_.Advance(absl::Milliseconds(199));
  EXPECT_FALSE(most.done());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(most.done());
}

TEST_F(RetryTest, GivesUpAfterFiveFailures) {
  EXPECT_EQ(AttemptsAgainst(SendError(SendFailure::kUnreachable, "")), 5u);
}

TEST_F(RetryTest, DoesNotCountA429AsAFailure) {
  for (int i = 0; i < 8; ++i) wire_->AnswerWith(429, {{"Retry-After", "1"}});
  for (int i = 0; i < 4; ++i) wire_->FailWith(SendFailure::kUnreachable);
  wire_->AnswerWith(200);
  call_.deadline = Later(clock_.Now(), absl::Seconds(600));
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Seconds(600));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ(call_.attempts, 13);
}

TEST_F(RetryTest, ReturnsTheLastResultOfMany) {
  wire_->FailWith(SendFailure::kUnreachable);
  wire_->AnswerWith(503, {{"Retry-After", "1"}}, "one");
  wire_->AnswerWith(418, {}, "two");
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Seconds(60));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 418);
  EXPECT_EQ((*answer)->body, "two");
}

TEST_F(RetryTest, EndsItsWaitWhenTheCallerLeaves) {
  wire_->AnswerWith(429, {{"Retry-After", "30"}});
  auto answer = Send({.method = "POST"});
  EXPECT_FALSE(answer.done());
  caller_.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(answer.done());
  EXPECT_EQ(SendFailureOf(answer->status()), SendFailure::kCancelled);
  EXPECT_EQ(wire_->sent.size(), 1u);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(RetryTest, BeginsNoWaitForACallerWhoHasLeft) {
  auto answer = Send({.method = "POST"});
  caller_.request_stop();
  wire_->Finish(SendError(SendFailure::kUnreachable, ""));
  clock_.RunLoop();
  ASSERT_TRUE(answer.done());
  EXPECT_EQ(SendFailureOf(answer->status()), SendFailure::kUnreachable);
}

TEST_F(RetryTest, SendsTheSameRequestEachTime) {
  wire_->FailWith(SendFailure::kUnreachable);
  wire_->AnswerWith(200);
  Send({.method = "POST", .target = "/t", .headers = {{"Accept", "a"}}, .body = "b"});
  clock_.Advance(absl::Seconds(60));
  ASSERT_EQ(wire_->sent.size(), 2u);
  for (const HttpRequest& sent : wire_->sent) {
    EXPECT_EQ(sent.method, "POST");
    EXPECT_EQ(sent.target, "/t");
    EXPECT_EQ(FindHeader(sent.headers, "Accept"), "a");
    EXPECT_EQ(sent.body, "b");
  }
}

TEST_F(RetryTest, ReportsWhyItTriesAgain) {
  wire_->FailWith(SendFailure::kUnreachable);
  wire_->FailWith(SendFailure::kUnreachable);
  wire_->AnswerWith(429);
  wire_->AnswerWith(423, {{"Retry-After", "1"}});
  wire_->AnswerWith(200);
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Seconds(59));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ(retries_.of,
            (std::map<RetryCause, int>{
                {RetryCause::kUnreachable, 2}, {RetryCause::kRateLimited, 1}, {RetryCause::kRetryAfter, 1}}));
}

// ---- The retries that all calls share.

class Unreachable : public HttpClient {
 public:
  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest, Call&) override {
    ++sent;
    if (reachable) co_return HttpAnswer{200, {}, ""};
    co_return SendError(SendFailure::kUnreachable, "");
  }
  bool reachable = false;
  int sent = 0;
};

class RetryBudgetTest : public testing::Test {
 protected:
  // How often they are sent again.
  int RetriesOf(int calls) {
    const int before = wire_->sent;
    std::list<Call> each;
    std::vector<Started<Result>> started;
    for (int i = 0; i < calls; ++i) {
      Call& call = each.emplace_back(Call{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))});
      started.emplace_back(loop_, retry_->Send({.method = "POST"}, call));
    }
    clock_.Advance(absl::Seconds(2));  // enough for four backoffs
    for (const auto& call : started) EXPECT_TRUE(call.done());
    return wire_->sent - before - calls;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;
  Retries retries_;
  Unreachable* const wire_ = new Unreachable;
  const std::unique_ptr<HttpClient> retry_ =
      WithRetry(std::unique_ptr<HttpClient>(wire_), clock_, random_, retries_,
                {.backoff = {.first = absl::Milliseconds(100), .longest = absl::Seconds(10)},
                 .earned_by_call = 0.2,
                 .least = 10,
                 .most = 50});
};

TEST_F(RetryBudgetTest, AllowsSomeFromTheStart) { EXPECT_EQ(RetriesOf(2), 8); }

TEST_F(RetryBudgetTest, SparesAWebexThatFailsForAll) {
  EXPECT_EQ(RetriesOf(100), 30);  // the ten, and a fifth of the calls
  EXPECT_LE(RetriesOf(1000), 202);
}

TEST_F(RetryBudgetTest, SavesUpNoMoreThanItMay) {
  wire_->reachable = true;
  RetriesOf(1000);
  wire_->reachable = false;
  EXPECT_EQ(RetriesOf(100), 69);  // fifty, one of which the first call no longer adds to, and a fifth of the calls
}

TEST_F(RetryBudgetTest, ComesBackWithTimeAlone) {
  RetriesOf(100);
  EXPECT_LE(RetriesOf(1), 3);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(RetriesOf(2), 8);
}

// ---- What is tried again: the column of the table in proto/README.md.

struct Rule {
  const char* name;
  Result result;
  size_t post;  // attempts within a minute
  size_t put;
  bool maybe_acted = false;
};

std::ostream& operator<<(std::ostream& out, const Rule& rule) { return out << rule.name; }

Result Code(int status) { return HttpAnswer{status, {}, ""}; }
Result After(int status, const char* wait) { return HttpAnswer{status, {{"Retry-After", wait}}, ""}; }
Result No(SendFailure failure) { return SendError(failure, ""); }

const Rule kRules[] = {
    {"Ok", Code(200), 1, 1},
    {"Accepted", Code(202), 1, 1},
    {"Redirect", Code(302), 1, 1},
    {"RedirectWithRetryAfter", After(302, "1"), 1, 1},
    {"SeeOther", Code(303), 1, 5, true},
    {"BadRequest", Code(400), 1, 1},
    {"Unauthorized", Code(401), 1, 1},
    {"Forbidden", Code(403), 1, 1},
    {"NotFound", Code(404), 1, 1},
    {"NotFoundWithRetryAfter", After(404, "1"), 1, 1},
    {"RequestTimeout", Code(408), 1, 5, true},
    {"RequestTimeoutWithRetryAfter", After(408, "1"), 1, 5, true},
    {"Conflict", Code(409), 1, 1},
    {"Locked", Code(423), 1, 1},
    {"LockedWithRetryAfter", After(423, "1"), 5, 5},
    {"LockedForAsLongAsACallMayWait", After(423, "30"), 2, 2},
    {"LockedForLonger", After(423, "31"), 1, 1},
    {"LockedWithGarbage", After(423, "soon"), 1, 1},
    {"RateLimitedAndOftenEnough", After(429, "10"), 6, 6},
    {"Failed", Code(500), 1, 5, true},
    {"FailedWithRetryAfter", After(500, "1"), 1, 5, true},
    {"NotImplemented", Code(501), 1, 1},
    {"BadGateway", Code(502), 1, 5, true},
    {"Overloaded", Code(503), 1, 5, true},
    {"OverloadedWithRetryAfter", After(503, "1"), 5, 5},
    {"OverloadedWithGarbage", After(503, "rand(30),add(30)"), 1, 5, true},
    {"OverloadedWithNothing", After(503, ""), 1, 5, true},
    {"GatewayTimeout", Code(504), 1, 5, true},
    {"GatewayTimeoutWithRetryAfter", After(504, "1"), 1, 5, true},
    {"OtherFailure", Code(599), 1, 5, true},
    {"Unreachable", No(SendFailure::kUnreachable), 5, 5},
    {"Certificate", No(SendFailure::kCertificate), 1, 1},
    {"AnswerLost", No(SendFailure::kAnswerLost), 1, 5, true},
    {"UnmarkedError", absl::UnknownError("?"), 1, 5, true},
    {"NoToken", No(SendFailure::kNoToken), 1, 1},
    {"GatewayOverloaded", No(SendFailure::kOverloaded), 1, 1},
    {"NoTurnAtThePace", No(SendFailure::kRateLimited), 1, 1},
    {"CircuitOpen", No(SendFailure::kCircuitOpen), 1, 1},
    {"Deadline", No(SendFailure::kDeadline), 1, 1},
    {"Cancelled", No(SendFailure::kCancelled), 1, 1},
};

class RetryRuleTest : public RetryTest, public testing::WithParamInterface<Rule> {};

TEST_P(RetryRuleTest, RepeatsAPostOnlyWhereItCertainlyHadNoEffect) {
  EXPECT_EQ(AttemptsAgainst(GetParam().result), GetParam().post);
}

TEST_P(RetryRuleTest, RepeatsWhatIsRepeatableWhereverItMayHelp) {
  EXPECT_EQ(AttemptsAgainst(GetParam().result, true), GetParam().put);
}

INSTANTIATE_TEST_SUITE_P(Rules, RetryRuleTest, testing::ValuesIn(kRules),
                         [](const auto& rule) { return std::string(rule.param.name); });

// ---- A refused token.

class RenewalTest : public testing::Test {
 protected:
  Started<Result> Send() {
    Started<Result> started{loop_, retry_->Send({.method = "POST"}, call_)};
    clock_.RunLoop();
    return started;
  }

  std::vector<std::string> TokensSent() const {
    std::vector<std::string> tokens;
    for (const HttpRequest& sent : wire_.sent) {
      tokens.emplace_back(FindHeader(sent.headers, "Authorization").value_or(""));
    }
    return tokens;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;
  FakeTokens tokens_;
  TokenGuard guard_{clock_, random_, tokens_};
  Pace pace_{random_};
  Retries retries_;
  FakeHttp wire_;
  const std::unique_ptr<HttpClient> retry_ = WithRetry(
      WithPace(
          WithTracking(WithAuth(wire_, tokens_, guard_, [](const HttpAnswer& a) { return a.status == 401; }), random_),
          clock_, pace_, kNobodyQueued),
      clock_, random_, retries_, RetryOptions{});
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))};
};

TEST_F(RenewalTest, TriesOnceMoreAtOnceWithTheOtherToken) {
  tokens_.once_refused = "second";
  wire_.AnswerWith(401);
  wire_.AnswerWith(200);
  auto answer = Send();
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_THAT(TokensSent(), testing::ElementsAre("Bearer first", "Bearer second"));
  EXPECT_EQ(call_.attempts, 2);
}

TEST_F(RenewalTest, DoesNotRepeatWithTheSameToken) {
  wire_.AnswerWith(401);
  auto answer = Send();
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 401);
  EXPECT_EQ(wire_.sent.size(), 1u);
}

TEST_F(RenewalTest, RenewsOnlyOnceInACall) {
  tokens_.once_refused = "second";
  wire_.AnswerWith(401);
  wire_.AnswerWith(429, {{"Retry-After", "1"}});
  wire_.AnswerWith(401);
  auto answer = Send();
  tokens_.once_refused = "third";
  clock_.Advance(absl::Seconds(60));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 401);
  EXPECT_THAT(TokensSent(), testing::ElementsAre("Bearer first", "Bearer second", "Bearer second"));
}

// ---- What an attempt may have done stays on record, whatever came after it.

class MaybeActedTest : public RetryTest, public testing::WithParamInterface<Rule> {
 protected:
  // The result of a request that loses its answer and then meets `next`, as often as it is sent.
  Result AfterALostAnswer(const Result& next) {
    wire_->FailWith(SendFailure::kAnswerLost);
    for (int i = 0; i < 100; ++i) wire_->Answer(next);
    auto sent = Send({.method = "DELETE", .repeatable = true});
    clock_.Advance(absl::Seconds(60));
    EXPECT_TRUE(sent.done());
    return *sent;
  }
};

TEST_P(MaybeActedTest, IsSetByAnAttemptThatMayHaveHadItsEffectAndByNoOther) {
  AttemptsAgainst(GetParam().result);
  EXPECT_EQ(call_.maybe_acted, GetParam().maybe_acted);
}

TEST_P(MaybeActedTest, IsTheSameWhereTheRequestIsRepeatable) {
  AttemptsAgainst(GetParam().result, true);
  EXPECT_EQ(call_.maybe_acted, GetParam().maybe_acted);
}

TEST_P(MaybeActedTest, OutlastsALaterResultWhichIsTheCallsAllTheSame) {
  const Result& next = GetParam().result;
  const Result result = AfterALostAnswer(next);
  EXPECT_TRUE(call_.maybe_acted);
  ASSERT_EQ(result.ok(), next.ok());
  if (next.ok()) {
    EXPECT_EQ(result->status, next->status);
  } else {
    // That this gateway sends nothing more says less than what the attempt met.
    const SendFailure last = SendFailureOf(next.status());
    const bool refused_here =
        last == SendFailure::kOverloaded || last == SendFailure::kRateLimited || last == SendFailure::kCircuitOpen;
    EXPECT_EQ(SendFailureOf(result.status()), refused_here ? SendFailure::kAnswerLost : last);
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, MaybeActedTest, testing::ValuesIn(kRules),
                         [](const auto& rule) { return std::string(rule.param.name); });

TEST_F(RetryTest, RemembersALostAnswerWhereTheNextAttemptIsRefusedInItsTurn) {
  wire_->FailWith(SendFailure::kAnswerLost);
  wire_->AnswerWith(429, {{"Retry-After", "100"}});
  auto answer = Send({.method = "DELETE", .repeatable = true});
  clock_.Advance(absl::Seconds(60));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 429);
  EXPECT_TRUE(call_.maybe_acted);
}

}  // namespace
}  // namespace webex_gateway
