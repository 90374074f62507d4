// The error table of proto/README.md, row by row: what a caller is told of whatever Webex does, and how often it is
// asked. It runs the gateway from Webex (webex.h) down to the wire, which is a fake.
#include <gtest/gtest.h>

#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/auth.h"
#include "server/http/pacing.h"
#include "server/http/retry.h"
#include "server/http/tracking.h"
#include "server/webex/errors.h"
#include "server/webex/webex.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/fixed_bits.h"
#include "tests/server/testing/orders.h"
#include "tests/server/testing/retries.h"

namespace webex_gateway {
namespace {

using Code = absl::StatusCode;
using Result = absl::StatusOr<HttpAnswer>;

constexpr char kRequestId[] = "11111111-2222-4333-8444-555555555555";
constexpr char kNot[] = "not_applied";
constexpr char kUnknown[] = "unknown";
const auto kNoRetryInfo = std::nullopt;

struct Row {
  const char* name;
  Result result;
  Code code;
  const char* reason;
  const char* outcome;
  std::optional<absl::Duration> retry_info;
  int attempts = 1;  // of a POST that meets this forever, within a minute
};

std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }

Result Answer(int status, const std::string& body = "") { return HttpAnswer{status, {{"TrackingID", "T1"}}, body}; }
Result Waiting(int status, const std::string& retry_after) {
  return HttpAnswer{status, {{"Retry-After", retry_after}, {"TrackingID", "T1"}}, ""};
}
Result None(SendFailure failure) { return SendError(failure, "the wire's words"); }
Result Coded(int status, const std::string& code) {
  return Answer(status, R"({"message":"m","errors":[{"description":"d","errorCode":)" + code + "}]}");
}

const absl::Duration kSecond = absl::Seconds(1);

const Row kRows[] = {
    // 2xx whose workspace cannot be read
    {"EmptyBody", Answer(200), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown, kNoRetryInfo},
    {"EmptyBody201", Answer(201), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown, kNoRetryInfo},
    {"HtmlBody", Answer(200, "<html>OK</html>"), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown, kNoRetryInfo},
    {"ArrayBody", Answer(200, R"([{"id":"i"}])"), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown, kNoRetryInfo},
    {"BodyWithoutId", Answer(200, R"({"userId":"u"})"), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown,
     kNoRetryInfo},
    {"BadUtf8Body", Answer(200, "{\"id\":\"\xff\"}"), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown,
     kNoRetryInfo},
    {"BodyWithALongId", Answer(200, absl::StrCat(R"({"id":")", std::string(257, 'i'), "\"}")), Code::kInternal,
     "WEBEX_ANSWER_UNREADABLE", kUnknown, kNoRetryInfo},
    {"BodyWithAControlCharacterInItsId", Answer(201, R"({"id":"i\u001b[2J"})"), Code::kInternal,
     "WEBEX_ANSWER_UNREADABLE", kUnknown, kNoRetryInfo},
    {"HalfABody", Answer(200, R"({"id":"i","userId)"), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown,
     kNoRetryInfo},
    {"UnusualSuccess", Answer(206), Code::kInternal, "WEBEX_ANSWER_UNREADABLE", kUnknown, kNoRetryInfo},
    // 3xx
    {"NotModified", Answer(304), Code::kInternal, "WEBEX_REDIRECTED", kNot, kNoRetryInfo},
    {"Moved", Answer(301), Code::kInternal, "WEBEX_REDIRECTED", kNot, kNoRetryInfo},
    {"MultipleChoices", Answer(300), Code::kInternal, "WEBEX_REDIRECTED", kNot, kNoRetryInfo},
    {"SeeOther", Waiting(303, "1"), Code::kInternal, "WEBEX_REDIRECTED", kUnknown, kNoRetryInfo},
    {"PermanentRedirect", Waiting(308, "1"), Code::kInternal, "WEBEX_REDIRECTED", kNot, kNoRetryInfo},
    {"LastRedirect", Answer(399), Code::kInternal, "WEBEX_REDIRECTED", kNot, kNoRetryInfo},
    // 4xx
    {"BadRequest", Answer(400), Code::kInvalidArgument, "WEBEX_INVALID_REQUEST", kNot, kNoRetryInfo},
    {"BadRequest1001", Coded(400, "1001"), Code::kInvalidArgument, "WEBEX_INVALID_REQUEST", kNot, kNoRetryInfo},
    {"BadTokenOn400", Answer(400, R"({"message":"Invalid access token."})"), Code::kUnauthenticated,
     "WEBEX_UNAUTHENTICATED", kNot, kNoRetryInfo},
    {"BadTokenOn400InPlainText", Answer(400, "Invalid access token."), Code::kUnauthenticated, "WEBEX_UNAUTHENTICATED",
     kNot, kNoRetryInfo},
    {"AssociatedOn400", Coded(400, "10022"), Code::kAlreadyExists, "WEBEX_ALREADY_EXISTS", kNot, kNoRetryInfo},
    {"AssociatedOn400AsText", Coded(400, "\"10022\""), Code::kAlreadyExists, "WEBEX_ALREADY_EXISTS", kNot,
     kNoRetryInfo},
    {"AssociatedOn409", Coded(409, "10022"), Code::kAlreadyExists, "WEBEX_ALREADY_EXISTS", kNot, kNoRetryInfo},
    {"AssociatedInWords",
     Answer(400, R"({"message":"The BroadWorks UserID is already associated with an existing user"})"),
     Code::kAlreadyExists, "WEBEX_ALREADY_EXISTS", kNot, kNoRetryInfo},
    {"AssociatedElsewhereMeansNothing", Coded(403, "10022"), Code::kPermissionDenied, "WEBEX_FORBIDDEN", kNot,
     kNoRetryInfo},
    {"Unauthorized", Answer(401), Code::kUnauthenticated, "WEBEX_UNAUTHENTICATED", kNot, kNoRetryInfo},
    {"Forbidden", Answer(403), Code::kPermissionDenied, "WEBEX_FORBIDDEN", kNot, kNoRetryInfo},
    {"NotFound", Answer(404), Code::kNotFound, "WEBEX_NOT_FOUND", kNot, kNoRetryInfo},
    {"MethodNotAllowed", Answer(405), Code::kUnimplemented, "WEBEX_METHOD_NOT_ALLOWED", kNot, kNoRetryInfo},
    {"RequestTimeout", Waiting(408, "1"), Code::kInvalidArgument, "WEBEX_REJECTED", kUnknown, kNoRetryInfo},
    {"Conflict", Answer(409), Code::kAlreadyExists, "WEBEX_CONFLICT", kNot, kNoRetryInfo},
    {"Gone", Answer(410), Code::kNotFound, "WEBEX_GONE", kNot, kNoRetryInfo},
    {"UnsupportedMediaType", Answer(415), Code::kInternal, "WEBEX_UNSUPPORTED_MEDIA_TYPE", kNot, kNoRetryInfo},
    {"Teapot", Waiting(418, "1"), Code::kInvalidArgument, "WEBEX_REJECTED", kNot, kNoRetryInfo},
    {"Locked", Answer(423), Code::kUnavailable, "WEBEX_LOCKED", kNot, kNoRetryInfo},
    {"LockedForAWhile", Waiting(423, "1"), Code::kUnavailable, "WEBEX_LOCKED", kNot, kSecond, 5},
    {"LockedForLong", Waiting(423, "90"), Code::kUnavailable, "WEBEX_LOCKED", kNot, absl::Seconds(90)},
    {"LockedForEver", Waiting(423, "Fri, 31 Dec 9999 23:59:59 GMT"), Code::kUnavailable, "WEBEX_LOCKED", kNot,
     absl::Minutes(10)},
    {"LockedForGarbage", Waiting(423, "soon"), Code::kUnavailable, "WEBEX_LOCKED", kNot, kNoRetryInfo},
    {"PreconditionRequired", Answer(428), Code::kFailedPrecondition, "WEBEX_PRECONDITION_REQUIRED", kNot, kNoRetryInfo},
    {"RateLimited", Waiting(429, "25"), Code::kResourceExhausted, "WEBEX_RATE_LIMITED", kNot, absl::Seconds(25), 3},
    {"RateLimitedForLong", Waiting(429, "3600"), Code::kResourceExhausted, "WEBEX_RATE_LIMITED", kNot,
     absl::Minutes(10)},
    {"RateLimitedForEver", Waiting(429, "99999999999999999999"), Code::kResourceExhausted, "WEBEX_RATE_LIMITED", kNot,
     absl::Minutes(10)},
    // Rests of 5 + 10 + 15 + 15 seconds, with the least of randomness, and a fifth that would pass the deadline.
    {"RateLimitedForGarbage", Waiting(429, "rand(30),add(30)"), Code::kResourceExhausted, "WEBEX_RATE_LIMITED", kNot,
     absl::Seconds(15), 5},
    {"RateLimitedWithoutRetryAfter", Answer(429), Code::kResourceExhausted, "WEBEX_RATE_LIMITED", kNot,
     absl::Seconds(15), 5},
    {"RateLimitedForAFraction", Waiting(429, "24.5"), Code::kResourceExhausted, "WEBEX_RATE_LIMITED", kNot,
     absl::Seconds(25), 3},
    {"RateLimitedTwice", Waiting(429, "25, 25"), Code::kResourceExhausted, "WEBEX_RATE_LIMITED", kNot,
     absl::Seconds(25), 3},
    {"LastRejection", Answer(499), Code::kInvalidArgument, "WEBEX_REJECTED", kNot, kNoRetryInfo},
    // 5xx
    {"Failed", Waiting(500, "1"), Code::kInternal, "WEBEX_INTERNAL", kUnknown, kNoRetryInfo},
    {"NotImplemented", Answer(501), Code::kUnimplemented, "WEBEX_NOT_IMPLEMENTED", kNot, kNoRetryInfo},
    {"BadGateway", Waiting(502, "1"), Code::kUnavailable, "WEBEX_BAD_GATEWAY", kUnknown, kNoRetryInfo},
    {"Overloaded", Answer(503), Code::kUnavailable, "WEBEX_OVERLOADED", kUnknown, kNoRetryInfo},
    {"OverloadedForAWhile", Waiting(503, "2"), Code::kUnavailable, "WEBEX_OVERLOADED", kNot, absl::Seconds(2), 5},
    {"OverloadedForEver", Waiting(503, "99999999999999999999"), Code::kUnavailable, "WEBEX_OVERLOADED", kNot,
     absl::Minutes(10)},
    {"OverloadedForGarbage", Waiting(503, "rand(30),add(30)"), Code::kUnavailable, "WEBEX_OVERLOADED", kUnknown,
     kNoRetryInfo},
    {"OverloadedForNothing", Waiting(503, ""), Code::kUnavailable, "WEBEX_OVERLOADED", kUnknown, kNoRetryInfo},
    {"GatewayTimeout", Waiting(504, "1"), Code::kDeadlineExceeded, "WEBEX_TIMEOUT", kUnknown, kNoRetryInfo},
    {"OtherFailure", Answer(599), Code::kInternal, "WEBEX_FAILED", kUnknown, kNoRetryInfo},
    {"VersionNotSupported", Waiting(505, "1"), Code::kInternal, "WEBEX_FAILED", kUnknown, kNoRetryInfo},
    // no HTTP at all
    {"StatusBeyondAll", Answer(999), Code::kInternal, "WEBEX_FAILED", kUnknown, kNoRetryInfo},
    {"StatusBelowAll", Answer(199), Code::kInternal, "WEBEX_FAILED", kUnknown, kNoRetryInfo},
    // no answer
    {"Unreachable", None(SendFailure::kUnreachable), Code::kUnavailable, "WEBEX_UNREACHABLE", kNot, kSecond, 5},
    {"Certificate", None(SendFailure::kCertificate), Code::kUnavailable, "WEBEX_TLS_FAILED", kNot, kNoRetryInfo},
    {"AnswerLost", None(SendFailure::kAnswerLost), Code::kUnavailable, "WEBEX_ANSWER_LOST", kUnknown, kNoRetryInfo},
    {"UnmarkedError", absl::InternalError("?"), Code::kUnavailable, "WEBEX_ANSWER_LOST", kUnknown, kNoRetryInfo},
    {"NoToken", None(SendFailure::kNoToken), Code::kUnauthenticated, "WEBEX_UNAUTHENTICATED", kNot, kNoRetryInfo},
    {"NoTokenYet", SendError(SendFailure::kNoToken, "", absl::Seconds(7)), Code::kUnauthenticated,
     "WEBEX_UNAUTHENTICATED", kNot, absl::Seconds(7)},
    {"NoTurnAtThePace", SendError(SendFailure::kRateLimited, "", absl::Seconds(7)), Code::kResourceExhausted,
     "WEBEX_RATE_LIMITED", kNot, absl::Seconds(7)},
    {"GatewayOverloaded", None(SendFailure::kOverloaded), Code::kUnavailable, "GATEWAY_OVERLOADED", kNot, kSecond},
    {"GatewayOverloadedForAWhile", SendError(SendFailure::kOverloaded, "", absl::Seconds(7)), Code::kUnavailable,
     "GATEWAY_OVERLOADED", kNot, absl::Seconds(7)},
    {"CircuitOpen", SendError(SendFailure::kCircuitOpen, "", absl::Seconds(3)), Code::kUnavailable,
     "WEBEX_CIRCUIT_OPEN", kNot, absl::Seconds(3)},
    {"DeadlineBeforeSent", None(SendFailure::kDeadline), Code::kDeadlineExceeded, "DEADLINE_BEFORE_SENT", kNot,
     kNoRetryInfo},
    {"CancelledBeforeSent", None(SendFailure::kCancelled), Code::kCancelled, "CANCELLED_BEFORE_SENT", kNot,
     kNoRetryInfo},
};

// The layers that decide how often Webex is asked.
std::unique_ptr<HttpClient> Stack(HttpClient& wire, Clock& clock, FixedBits& random, TokenSource& tokens,
                                  TokenGuard& guard, Pace& pace, SendObserver& observer) {
  auto client =
      WithPace(WithTracking(WithAuth(wire, tokens, guard, RefusesAccessToken), random), clock, pace, kNobodyQueued);
  return WithRetry(std::move(client), clock, random, observer, {});
}

class ErrorTableTest : public testing::TestWithParam<Row> {
 protected:
  // What becomes of an order that meets the row's result each time.
  absl::Status Order() {
    for (int i = 0; i < 100; ++i) wire_.Answer(GetParam().result);
    Started<absl::StatusOr<WebexResult>> started{loop_, webex_->Send(MethodOf(order_), order_, call_)};
    clock_.Advance(absl::Seconds(60));
    EXPECT_TRUE(started.done());
    return started->status();
  }

  std::string StatusOfAnswer() const {
    return GetParam().result.ok() ? absl::StrCat(GetParam().result->status) : "(absent)";
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;
  FakeTokens tokens_;
  TokenGuard guard_{clock_, random_, tokens_};
  FakeHttp wire_;
  Pace pace_{random_};
  Retries retries_;
  const std::unique_ptr<HttpClient> http_ = Stack(wire_, clock_, random_, tokens_, guard_, pace_, retries_);
  const std::unique_ptr<Webex> webex_ = *CreateWebex(*http_, clock_);
  const webex::broadworks::v1::ProvisionWorkspaceRequest order_ = ExampleOrder();
  Call call_{.request_id = kRequestId, .deadline = Later(clock_.Now(), absl::Seconds(60))};
};

TEST_P(ErrorTableTest, SaysWhatTheTableSays) {
  const absl::Status status = Order();
  EXPECT_EQ(status.code(), GetParam().code);
  EXPECT_EQ(ReasonOf(status), GetParam().reason);
  EXPECT_EQ(OutcomeOf(status), GetParam().outcome);
  EXPECT_EQ(RetryDelayOf(status), GetParam().retry_info);
  EXPECT_FALSE(status.message().empty());
}

TEST_P(ErrorTableTest, AsksWebexAsOftenAsTheTableSays) {
  const absl::Status status = Order();
  EXPECT_EQ(wire_.sent.size(), static_cast<size_t>(GetParam().attempts));
  EXPECT_EQ(MetadataOf(status, "attempts"), absl::StrCat(GetParam().attempts));
}

TEST_P(ErrorTableTest, NamesTheCallInItsDetails) {
  const absl::Status status = Order();
  EXPECT_EQ(InfoOf(status).domain(), "webex-gateway");
  EXPECT_EQ(MetadataOf(status, "request_id"), kRequestId);
  EXPECT_EQ(MetadataOf(status, "http_status"), StatusOfAnswer());
  const bool answered = GetParam().result.ok();
  EXPECT_EQ(MetadataOf(status, "webex_tracking_id"), answered ? "T1" : "(absent)");
  const auto info = DetailOf<google::rpc::RequestInfo>(status);
  EXPECT_EQ(info ? info->request_id() : "(absent)", answered ? "T1" : "(absent)");
  EXPECT_FALSE(DetailOf<google::rpc::BadRequest>(status));
}

TEST_P(ErrorTableTest, PromisesARetryOnlyWhereNothingWasApplied) {
  const absl::Status status = Order();
  EXPECT_TRUE(OutcomeOf(status) == kNot || !DetailOf<google::rpc::RetryInfo>(status));
}

INSTANTIATE_TEST_SUITE_P(Rows, ErrorTableTest, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

// ---- Where the gateway sends nothing more after a 429.

TEST(RateLimitedTest, SaysWhenTheGatewayCouldSendTheOrderAndNotWhatAnOlder429Said) {
  for (const char* retry_after : {"", "30"}) {
    Loop loop;
    FakeClock clock{loop};
    FixedBits random;
    Retries retries;
    auto* const pace = new FakeHttp;
    const auto http = WithRetry(std::unique_ptr<HttpClient>(pace), clock, random, retries, {});
    const auto webex = *CreateWebex(*http, clock);
    Call call{.request_id = kRequestId, .deadline = Later(clock.Now(), absl::Seconds(60))};
    pace->Answer(Waiting(429, retry_after));
    pace->Answer(SendError(SendFailure::kRateLimited, "the deadline is before the order's turn", absl::Seconds(40)));
    const auto order = ExampleOrder();
    Started<absl::StatusOr<WebexResult>> started{loop, webex->Send(MethodOf(order), order, call)};
    clock.RunLoop();
    ASSERT_TRUE(started.done());
    EXPECT_EQ(ReasonOf(started->status()), "WEBEX_RATE_LIMITED");
    EXPECT_EQ(MetadataOf(started->status(), "http_status"), "429");
    EXPECT_EQ(RetryDelayOf(started->status()), absl::Seconds(40));
  }
}

// ---- The rows of a refused token, where another is at hand.

class RefusedTokenTest : public testing::TestWithParam<HttpAnswer> {};

TEST_P(RefusedTokenTest, IsTriedOnceMoreWithAFreshOne) {
  Loop loop;
  FakeClock clock{loop};
  FixedBits random;
  FakeTokens tokens;
  TokenGuard guard(clock, random, tokens);
  tokens.once_refused = "second";
  FakeHttp wire;
  Pace pace{random};
  Retries retries;
  const auto http = Stack(wire, clock, random, tokens, guard, pace, retries);
  const auto webex = *CreateWebex(*http, clock);
  Call call{.request_id = kRequestId, .deadline = Later(clock.Now(), absl::Seconds(60))};
  wire.Answer(GetParam());
  wire.Answer(GetParam());
  const auto order = ExampleOrder();
  Started<absl::StatusOr<WebexResult>> started{loop, webex->Send(MethodOf(order), order, call)};
  clock.RunLoop();
  ASSERT_TRUE(started.done());
  EXPECT_EQ(ReasonOf(started->status()), "WEBEX_UNAUTHENTICATED");
  EXPECT_EQ(MetadataOf(started->status(), "attempts"), "2");
  EXPECT_TRUE(absl::StrContains(started->status().message(), "the gateway's credentials (not the caller's)"));
  ASSERT_EQ(wire.sent.size(), 2u);
  EXPECT_EQ(FindHeader(wire.sent[1].headers, "Authorization"), "Bearer second");
}

INSTANTIATE_TEST_SUITE_P(Answers, RefusedTokenTest,
                         testing::Values(HttpAnswer{401, {}, ""},
                                         HttpAnswer{400, {}, R"({"message":"Invalid access token."})"}),
                         [](const auto& answer) { return "Status" + std::to_string(answer.param.status); });

}  // namespace
}  // namespace webex_gateway
