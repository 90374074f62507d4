#include "server/ops/tracing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/http/stack.h"
#include "server/ledger/open.h"
#include "server/orders/orders.h"
#include "server/webex/errors.h"
#include "server/webex/webex.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_ledger.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/fixed_bits.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kCallersSpan[] = "00f067aa0ba902b7";
constexpr char kOwnSpan[] = "0102030405060708";
constexpr char kRequestId[] = "11111111-2222-4333-8444-555555555555";

class Recorded : public SpanSink {
 public:
  void Record(Span span) override { spans.push_back(std::move(span)); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Span& span : spans) all.push_back(span.name);
    return all;
  }
  std::vector<Span> spans;
};

std::map<std::string, std::string> AttributesOf(const Span& span) {
  std::map<std::string, std::string> all;
  for (const auto& [name, value] : span.attributes) {
    const auto* text = std::get_if<std::string>(&value);
    all[std::string(name)] = text != nullptr ? *text : absl::StrCat(std::get<int64_t>(value));
  }
  return all;
}

// Orders' and attempts' events, as they pass through Observers.
class Events : public SendObserver, public OrderObserver {
 public:
  explicit Events(Tracing& tracing) : tracing_(tracing) {}
  void OnSent(const SendReport& report) override { tracing_.OnSent(report); }
  void OnRetry(RetryCause) override {}
  void OnContradicted(const std::string&) override {}
  void OnLedgerStep(const LedgerStep& step) override { tracing_.OnLedgerStep(step); }

 private:
  Tracing& tracing_;
};

class TracingTest : public testing::Test {
 protected:
  TraceContext Trace(bool is_recorded = true) const {
    return {.trace_id = kTraceId,
            .parent_span_id = kCallersSpan,
            .flags = kSampledFlag,
            .state = "a=1",
            .span_id = is_recorded ? kOwnSpan : ""};
  }
  // Carries an order out at a Webex that answers with `statuses`.
  template <typename Request>
  void CarryOut(const Request& request, const std::vector<int>& statuses, TraceContext trace) {
    for (const int status : statuses) {
      wire_.AnswerWith(status, {{"Retry-After", "1"}, {"TrackingID", "ROUTER_1"}}, status == 200 ? kExampleAnswer : "");
    }
    Caller caller{.deadline = Later(clock_.Now(), absl::Seconds(30)), .identity = "billing", .account = "billing"};
    caller.trace = std::move(trace);
    Started<OrderResult> result(loop_, orders_.Take(MethodOf(request), Owned(request), std::move(caller)));
    clock_.Advance(absl::Seconds(10));
    ASSERT_TRUE(result.done());
  }
  void Answered(const absl::Status& status, bool is_order = true) {
    tracing_.OnAnswered({.method = "ProvisionWorkspace",
                         .status = status,
                         .request_id = kRequestId,
                         .tracking_id = "ROUTER_1",
                         .attempts = 2,
                         .elapsed = absl::Seconds(3),
                         .is_order = is_order,
                         .caller = "spiffe://sp.com/bss",
                         .service = "webex.broadworks.v1.WorkspaceService",
                         .trace = Trace(),
                         .begun = Later(clock_.Now(), -absl::Seconds(3))});
  }

  Loop loop_;
  FakeClock clock_{loop_};
  std::mt19937_64 random_{1};
  Recorded recorded_;
  Tracing tracing_{clock_, recorded_, random_, {"https://webexapis.com/v1", "sqlite"}};
  Events events_{tracing_};
  FakeTokens tokens_;
  FakeHttp wire_;
  FakeLedger ledger_{clock_};
  const std::unique_ptr<HttpStack> stack_ =
      CreateStack(wire_, clock_, random_, tokens_, RefusesAccessToken, events_, {});
  const std::unique_ptr<Webex> webex_ = *CreateWebex(stack_->client(), clock_);
  Orders orders_{loop_, clock_, ledger_, *webex_, events_, [] { return kRequestId; }};
};

TEST_F(TracingTest, HasASpanForTheCallByTheConventionsOfRpc) {
  clock_.Advance(absl::Seconds(5));
  Answered(absl::OkStatus());
  ASSERT_EQ(recorded_.spans.size(), 1u);
  const Span& span = recorded_.spans[0];
  EXPECT_EQ(span.name, "webex.broadworks.v1.WorkspaceService/ProvisionWorkspace");
  EXPECT_EQ(span.kind, SpanKind::kServer);
  EXPECT_EQ(span.trace_id, kTraceId);
  EXPECT_EQ(span.span_id, kOwnSpan);
  EXPECT_EQ(span.parent_span_id, kCallersSpan);
  EXPECT_TRUE(span.parent_is_remote);
  EXPECT_EQ(span.flags, kSampledFlag);
  EXPECT_EQ(span.state, "a=1");
  EXPECT_EQ(span.ended, clock_.WallNow());
  EXPECT_EQ(span.begun, clock_.WallNow() - absl::Seconds(3));
  EXPECT_FALSE(span.failed);
  EXPECT_THAT(AttributesOf(span),
              UnorderedElementsAre(Pair("rpc.system.name", "grpc"),
                                   Pair("rpc.method", "webex.broadworks.v1.WorkspaceService/ProvisionWorkspace"),
                                   Pair("rpc.response.status_code", "OK"), Pair("webex_gateway.request_id", kRequestId),
                                   Pair("webex_gateway.outcome", "applied"),
                                   Pair("webex_gateway.tracking_id", "ROUTER_1"), Pair("webex_gateway.attempts", "2")));
}

TEST_F(TracingTest, ACallFailsWhereTheServerDidAndNotWhereTheCallerDid) {
  Answered(ToStatus({.code = absl::StatusCode::kUnavailable, .reason = "WEBEX_ANSWER_LOST", .message = "m"}));
  Answered(ToStatus({.code = absl::StatusCode::kInvalidArgument,
                     .reason = "INVALID_REQUEST",
                     .message = "m",
                     .outcome = Outcome::kNotApplied}));
  const auto failure = AttributesOf(recorded_.spans[0]);
  EXPECT_TRUE(recorded_.spans[0].failed);
  EXPECT_EQ(failure.at("rpc.response.status_code"), "UNAVAILABLE");
  EXPECT_EQ(failure.at("error.type"), "UNAVAILABLE");
  EXPECT_EQ(failure.at("webex_gateway.reason"), "WEBEX_ANSWER_LOST");
  EXPECT_EQ(failure.at("webex_gateway.outcome"), "unknown");
  const auto refusal = AttributesOf(recorded_.spans[1]);
  EXPECT_FALSE(recorded_.spans[1].failed);
  EXPECT_EQ(refusal.at("rpc.response.status_code"), "INVALID_ARGUMENT");
  EXPECT_FALSE(refusal.contains("error.type"));
}

TEST_F(TracingTest, HasASpanForEachAttemptAndEachCommitBelowTheCalls) {
  CarryOut(ExampleOrder(), {429, 200}, Trace());
  EXPECT_THAT(recorded_.names(), ElementsAre("claim sqlite", "POST /broadworks/workspaces",
                                             "POST /broadworks/workspaces", "complete sqlite"));
  for (const Span& span : recorded_.spans) {
    EXPECT_EQ(span.trace_id, kTraceId);
    EXPECT_EQ(span.parent_span_id, kOwnSpan);
    EXPECT_FALSE(span.parent_is_remote);
    EXPECT_EQ(span.kind, SpanKind::kClient);
    EXPECT_EQ(span.flags, kSampledFlag);
    EXPECT_EQ(span.state, "a=1");
  }
  const Span& first = recorded_.spans[1];
  const Span& second = recorded_.spans[2];
  ASSERT_EQ(wire_.sent.size(), 2u);
  EXPECT_EQ(*FindHeader(wire_.sent[0].headers, "traceparent"),
            absl::StrCat("00-", kTraceId, "-", first.span_id, "-01"));
  EXPECT_EQ(*FindHeader(wire_.sent[1].headers, "traceparent"),
            absl::StrCat("00-", kTraceId, "-", second.span_id, "-01"));
  EXPECT_TRUE(first.failed);
  EXPECT_FALSE(second.failed);
  EXPECT_THAT(AttributesOf(first),
              UnorderedElementsAre(Pair("http.request.method", "POST"), Pair("url.template", "/broadworks/workspaces"),
                                   Pair("url.full", "https://webexapis.com/v1/broadworks/workspaces"),
                                   Pair("server.address", "webexapis.com"), Pair("server.port", "443"),
                                   Pair("http.response.status_code", "429"), Pair("error.type", "429"),
                                   Pair("webex_gateway.request_id", kRequestId),
                                   Pair("webex_gateway.tracking_id", "ROUTER_1")));
  EXPECT_EQ(AttributesOf(second).at("http.request.resend_count"), "1");
  EXPECT_THAT(AttributesOf(recorded_.spans[0]),
              UnorderedElementsAre(Pair("db.system.name", "sqlite"), Pair("db.operation.name", "claim"),
                                   Pair("webex_gateway.request_id", kRequestId)));
}

TEST_F(TracingTest, HasNoSpanOfACallThatIsNotRecorded) {
  CarryOut(ExampleOrder(), {200}, Trace(/*is_recorded=*/false));
  tracing_.OnAnswered(
      {.method = "ProvisionWorkspace", .status = absl::OkStatus(), .trace = Trace(/*is_recorded=*/false)});
  EXPECT_THAT(recorded_.spans, IsEmpty());
}

TEST_F(TracingTest, NamesTheFailureOfAnAttemptWithoutAnAnswer) {
  const Call call{.request_id = kRequestId, .trace = Trace(), .route = "/broadworks/workspaces", .attempts = 1};
  const absl::StatusOr<HttpAnswer> lost = SendError(SendFailure::kAnswerLost, "m");
  tracing_.OnSent({"attempt", "POST", call, lost, absl::Seconds(1), clock_.Now()});
  ASSERT_EQ(recorded_.spans.size(), 1u);
  EXPECT_TRUE(recorded_.spans[0].failed);
  EXPECT_EQ(AttributesOf(recorded_.spans[0]).at("error.type"), "answer_lost");
  tracing_.OnSent({"call", "POST", call, lost, absl::Seconds(1), clock_.Now()});
  tracing_.OnSent({"refresh", "POST", Call{}, lost, absl::Seconds(1), clock_.Now()});
  EXPECT_EQ(recorded_.spans.size(), 1u);
}

TEST_F(TracingTest, DatesSpansByTheDateAsItIsNow) {
  clock_.Advance(absl::Hours(1));
  Answered(absl::OkStatus());
  clock_.SetWall(absl::FromUnixSeconds(1'800'000'000));
  Answered(absl::OkStatus());
  EXPECT_EQ(recorded_.spans.at(1).ended, absl::FromUnixSeconds(1'800'000'000));
  EXPECT_EQ(recorded_.spans[1].begun, absl::FromUnixSeconds(1'800'000'000) - absl::Seconds(3));
}

TEST_F(TracingTest, NamesTheFailureOfACommit) {
  const Call call{.request_id = kRequestId, .trace = Trace()};
  const absl::Status failed = LedgerUnavailable("the disk is full", kRequestId);
  tracing_.OnLedgerStep({"claim", call, failed, absl::Seconds(1), clock_.Now()});
  EXPECT_TRUE(recorded_.spans.at(0).failed);
  EXPECT_EQ(AttributesOf(recorded_.spans[0]).at("error.type"), "LEDGER_UNAVAILABLE");
}

TEST_F(TracingTest, ShowsNothingPersonalOfAnyMethodsOrder) {
  CarryOut(ExampleOrder(), {200}, Trace());
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  update.set_request_id("22222222-2222-4333-8444-555555555555");
  update.set_workspace_id("secret-workspace");
  update.set_user_id("95547321@sp.com");
  update.set_extension("51212");
  CarryOut(update, {404}, Trace());
  webex::broadworks::v1::RemoveWorkspaceRequest remove;
  remove.set_request_id("33333333-2222-4333-8444-555555555555");
  remove.set_workspace_id("secret-workspace");
  CarryOut(remove, {404}, Trace());
  ASSERT_EQ(recorded_.spans.size(), 9u);
  for (const Span& span : recorded_.spans) {
    std::string all = absl::StrCat(span.name, span.state);
    for (const auto& [name, value] : AttributesOf(span)) absl::StrAppend(&all, name, "=", value, "\n");
    for (const char* const personal : {"95547321", "sp.com", "Reseller1", "acme", "Conference", "1212",
                                       "secret-workspace", "billing", "Bearer", "Y2lzY29zcGFyazov"}) {
      EXPECT_THAT(all, testing::Not(testing::HasSubstr(personal)));
    }
  }
  EXPECT_EQ(recorded_.spans[4].name, "PUT /broadworks/workspaces/{workspace_id}");
  EXPECT_EQ(AttributesOf(recorded_.spans[4]).at("url.full"), "https://webexapis.com/v1/broadworks/workspaces/REDACTED");
}

TEST_F(TracingTest, KnowsTheAddressOfASandbox) {
  Tracing tracing(clock_, recorded_, random_, {"http://[::1]:8080/v1", "none"});
  const Call call{.trace = Trace(), .route = "/a"};
  const absl::StatusOr<HttpAnswer> answer = HttpAnswer{.status = 200};
  tracing.OnSent({"attempt", "POST", call, answer, absl::Seconds(1), clock_.Now()});
  EXPECT_EQ(AttributesOf(recorded_.spans.at(0)).at("server.address"), "::1");
  EXPECT_EQ(AttributesOf(recorded_.spans[0]).at("server.port"), "8080");
}

}  // namespace
}  // namespace webex_gateway
