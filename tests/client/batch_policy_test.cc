#include "client/batch_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace webex_gateway::client {
namespace {

using testing::HasSubstr;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;

constexpr auto kUnavailable = absl::StatusCode::kUnavailable;

struct StepCase {
  const char* name;
  const OrderKind& kind;
  CallError error;
  bool again;
  bool holds_all;
};

std::ostream& operator<<(std::ostream& out, const StepCase& step_case) { return out << step_case.name; }

const StepCase kSteps[] = {
    {"RefusedForGood",
     kProvision,
     {.code = absl::StatusCode::kInvalidArgument, .reason = "WEBEX_INVALID_REQUEST", .outcome = Outcome::kNotApplied},
     false,
     false},
    {"NotAppliedAndMayBeRepeated",
     kProvision,
     {.code = kUnavailable,
      .reason = "WEBEX_CIRCUIT_OPEN",
      .outcome = Outcome::kNotApplied,
      .retry_delay = absl::Seconds(1)},
     true,
     true},
    {"HadNoEffectWhenItWasSentOnceMore",
     kProvision,
     {.code = kUnavailable,
      .reason = "WEBEX_CIRCUIT_OPEN",
      .outcome = Outcome::kUnknown,
      .retry_delay = absl::Seconds(1)},
     true,
     true},
    {"RateLimited",
     kProvision,
     {.code = absl::StatusCode::kResourceExhausted,
      .reason = "WEBEX_RATE_LIMITED",
      .outcome = Outcome::kNotApplied,
      .retry_delay = absl::Seconds(1)},
     true,
     true},
    {"UnchangedAndMayBeRepeated",
     kProvision,
     {.code = kUnavailable,
      .reason = "LEDGER_UNAVAILABLE",
      .outcome = Outcome::kUnchanged,
      .retry_delay = absl::ZeroDuration()},
     true,
     true},
    {"AnotherOrderOfTheUserIsUnderWay",
     kProvision,
     {.code = absl::StatusCode::kAborted,
      .reason = "OPERATION_IN_PROGRESS",
      .outcome = Outcome::kNotApplied,
      .retry_delay = absl::Seconds(1)},
     true,
     false},
    {"UnchangedForGood",
     kProvision,
     {.code = absl::StatusCode::kPermissionDenied, .reason = "CALLER_NOT_ALLOWED", .outcome = Outcome::kUnchanged},
     false,
     false},
    {"AnswerOnRecordSoon",
     kProvision,
     {.code = absl::StatusCode::kDeadlineExceeded, .reason = "DEADLINE_AFTER_SENT"},
     true,
     false},
    {"ConnectionLost", kProvision, {.code = kUnavailable}, true, true},
    {"AnotherServerAnswered", kProvision, {.code = absl::StatusCode::kUnimplemented}, false, false},
    {"ProvisionUnknown", kProvision, {.code = absl::StatusCode::kInternal, .reason = "WEBEX_INTERNAL"}, false, false},
    {"ToBeSentOnceMoreButNotYet",
     kProvision,
     {.code = absl::StatusCode::kFailedPrecondition, .reason = "OPERATION_MAY_STILL_BE_SENT"},
     true,
     false},
    {"UpdateUnknown", kUpdate, {.code = absl::StatusCode::kInternal, .reason = "WEBEX_INTERNAL"}, true, false},
    {"HeldBackByAnUnknownOne",
     kProvision,
     {.code = absl::StatusCode::kFailedPrecondition, .reason = "OUTCOME_UNKNOWN", .outcome = Outcome::kNotApplied},
     false,
     false},
};

class StepAfterTest : public testing::TestWithParam<StepCase> {};

TEST_P(StepAfterTest, SendsAgainWhatIsSafe) {
  const BatchStep step = StepAfter(GetParam().kind, GetParam().error, 1);
  EXPECT_EQ(step.again, GetParam().again);
  EXPECT_EQ(step.holds_all, GetParam().holds_all);
}

INSTANTIATE_TEST_SUITE_P(All, StepAfterTest, testing::ValuesIn(kSteps),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(StepAfter, WaitsAsTheGatewaySaysAndLongerWithEachFailure) {
  const CallError error = {.code = kUnavailable, .outcome = Outcome::kNotApplied, .retry_delay = absl::Seconds(2)};
  EXPECT_EQ(StepAfter(kProvision, error, 1).wait, absl::Seconds(2));
  EXPECT_EQ(StepAfter(kProvision, error, 100).wait, absl::Seconds(10));
  const CallError at_once = {
      .code = kUnavailable, .outcome = Outcome::kNotApplied, .retry_delay = absl::ZeroDuration()};
  EXPECT_GT(StepAfter(kProvision, at_once, 1).wait, absl::ZeroDuration());
}

TEST(StepAfter, GivesUpAnUpdateThatFailsAgainAndAgain) {
  const CallError error = {.code = absl::StatusCode::kInternal, .reason = "WEBEX_INTERNAL"};
  EXPECT_TRUE(StepAfter(kUpdate, error, 4).again);
  EXPECT_FALSE(StepAfter(kUpdate, error, 5).again);
}

BatchOrder Provision(const char* provisioning_id = "p") {
  ProvisionWorkspaceRequest request;
  request.set_provisioning_id(provisioning_id);
  return {.request = request};
}

BatchResult FailedWith(const char* reason, Outcome outcome = Outcome::kNotApplied) {
  return {.error = CallError{.reason = reason, .outcome = outcome}};
}

// What the cause is called after `count` orders that end so.
std::string After(int count, const BatchOrder& order, const BatchResult& result) {
  LostCause cause;
  std::string words;
  for (int i = 0; i < count; ++i) words = cause.After(order, result);
  return words;
}

TEST(LostCause, IsDeclaredWhenEveryOrderFailsForAReasonThatNoRowCanFix) {
  for (const char* reason : {"WEBEX_UNAUTHENTICATED", "WEBEX_FORBIDDEN", "CALLER_NOT_ALLOWED", "WEBEX_NOT_FOUND"}) {
    EXPECT_EQ(After(LostCause::kLimit - 1, Provision(), FailedWith(reason)), "") << reason;
    EXPECT_THAT(After(LostCause::kLimit, Provision(), FailedWith(reason)), HasSubstr(reason));
  }
  BatchResult template_refused = FailedWith("WEBEX_INVALID_REQUEST");
  template_refused.error->field_violations = {{"provisioningId", "is not a template"}};
  EXPECT_THAT(After(LostCause::kLimit, Provision(), template_refused), HasSubstr("WEBEX_INVALID_REQUEST"));
  EXPECT_THAT(After(LostCause::kLimit, Provision(), FailedWith("WEBEX_INTERNAL", Outcome::kUnknown)),
              HasSubstr("is unknown"));
}

TEST(LostCause, IsNotWhereARowMayBeMended) {
  for (const char* reason : {"WEBEX_INVALID_REQUEST", "WEBEX_ALREADY_EXISTS", "OUTCOME_UNKNOWN"}) {
    EXPECT_EQ(After(100, Provision(), FailedWith(reason)), "") << reason;
  }
  EXPECT_EQ(After(100, Provision(), FailedWith("OUTCOME_UNKNOWN", Outcome::kUnknown)), "");
  EXPECT_EQ(After(100, BatchOrder{.request = UpdateWorkspaceRequest()}, FailedWith("WEBEX_NOT_FOUND")), "");
}

TEST(LostCause, CountsOnlyTheSameFaultInARow) {
  LostCause cause;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(cause.After(Provision(), FailedWith("WEBEX_FORBIDDEN")), "");
    EXPECT_EQ(cause.After(Provision(), i % 2 == 0 ? BatchResult{} : FailedWith("WEBEX_UNAUTHENTICATED")), "");
    EXPECT_EQ(cause.After(Provision("a"), FailedWith("WEBEX_NOT_FOUND")), "");
    EXPECT_EQ(cause.After(Provision("b"), FailedWith("WEBEX_NOT_FOUND")), "");
  }
}

}  // namespace
}  // namespace webex_gateway::client
