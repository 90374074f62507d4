#include "client/report.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <ostream>

#include "absl/strings/str_cat.h"
#include "server/base/unseen.h"

namespace webex_gateway::client {
namespace {

using testing::HasSubstr;

struct ErrorCase {
  const char* name;
  CallError error;
  const char* text;
  const char* json;
};

std::ostream& operator<<(std::ostream& out, const ErrorCase& error_case) { return out << error_case.name; }

const ErrorCase kErrors[] = {
    {"Refused",
     {.code = absl::StatusCode::kAlreadyExists,
      .message = "The user is already associated",
      .reason = "WEBEX_ALREADY_EXISTS",
      .outcome = Outcome::kNotApplied,
      .http_status = 409,
      .attempts = 1,
      .metadata = {.request_id = "id-1", .tracking_id = "ROUTER_1"}},
     "webexctl: the order was refused: ALREADY_EXISTS (WEBEX_ALREADY_EXISTS)\n"
     "  The user is already associated\n"
     "  What happened:  nothing was provisioned (not_applied)\n"
     "  Order again?    no: this user already has a workspace; it may be from an earlier order whose answer was lost\n"
     "  Request id:     id-1\n"
     "  Tracking id:    ROUTER_1 (quote it to Cisco's support)\n",
     R"({
 "error": {
  "code": "ALREADY_EXISTS",
  "grpcCode": 6,
  "reason": "WEBEX_ALREADY_EXISTS",
  "outcome": "not_applied",
  "message": "The user is already associated",
  "requestId": "id-1",
  "webexTrackingId": "ROUTER_1",
  "httpStatus": 409,
  "attempts": 1
 }
}
)"},
    {"HeldBackByAnotherUnknown",
     {.code = absl::StatusCode::kFailedPrecondition,
      .message = "an earlier order may have been applied",
      .reason = "OUTCOME_UNKNOWN",
      .outcome = Outcome::kNotApplied,
      .earlier_request_id = "id-1",
      .metadata = {.request_id = "id-2"}},
     "webexctl: the order was refused: FAILED_PRECONDITION (OUTCOME_UNKNOWN)\n"
     "  an earlier order may have been applied\n"
     "  What happened:  nothing was provisioned (not_applied)\n"
     "  Order again?    not before the order on record is resolved\n"
     "  Resolve it:     webexctl operations get id-1 shows how\n"
     "  Request id:     id-2\n",
     R"({
 "error": {
  "code": "FAILED_PRECONDITION",
  "grpcCode": 9,
  "reason": "OUTCOME_UNKNOWN",
  "outcome": "not_applied",
  "message": "an earlier order may have been applied",
  "requestId": "id-2",
  "earlierRequestId": "id-1"
 }
}
)"},
    {"StillToBeSent",
     {.code = absl::StatusCode::kFailedPrecondition,
      .message = "nothing was sent",
      .reason = "OPERATION_MAY_STILL_BE_SENT",
      .outcome = Outcome::kUnknown,
      .earlier_request_id = "id-1",
      .metadata = {.request_id = "id-1"}},
     "webexctl: the order may have been carried out: FAILED_PRECONDITION (OPERATION_MAY_STILL_BE_SENT)\n"
     "  nothing was sent\n"
     "  What happened:  it is not known whether the workspace was provisioned (unknown)\n"
     "  Order again?    yes, in the same way, after that time\n"
     "  Resolve it:     webexctl operations get id-1 shows how\n"
     "  Request id:     id-1\n",
     R"({
 "error": {
  "code": "FAILED_PRECONDITION",
  "grpcCode": 9,
  "reason": "OPERATION_MAY_STILL_BE_SENT",
  "outcome": "unknown",
  "message": "nothing was sent",
  "requestId": "id-1",
  "earlierRequestId": "id-1"
 }
}
)"},
    {"UnknownItself",
     {.code = absl::StatusCode::kFailedPrecondition,
      .message = "this order may have been applied",
      .reason = "OUTCOME_UNKNOWN",
      .outcome = Outcome::kUnknown,
      .earlier_request_id = "id-1",
      .metadata = {.request_id = "id-1"}},
     "webexctl: the order may have been carried out: FAILED_PRECONDITION (OUTCOME_UNKNOWN)\n"
     "  this order may have been applied\n"
     "  What happened:  it is not known whether the workspace was provisioned (unknown)\n"
     "  Order again?    yes, with --request_id=id-1, to learn its outcome: a gateway that keeps a ledger does not send "
     "it twice; "
     "as a new order it is refused until it is resolved\n"
     "  Resolve it:     webexctl operations get id-1 shows how\n"
     "  Request id:     id-1\n",
     R"({
 "error": {
  "code": "FAILED_PRECONDITION",
  "grpcCode": 9,
  "reason": "OUTCOME_UNKNOWN",
  "outcome": "unknown",
  "message": "this order may have been applied",
  "requestId": "id-1",
  "earlierRequestId": "id-1"
 }
}
)"},
    {"OnRecordSoon",
     {.code = absl::StatusCode::kDeadlineExceeded,
      .message = "Webex has not answered yet",
      .reason = "DEADLINE_AFTER_SENT",
      .outcome = Outcome::kUnknown,
      .attempts = 1,
      .metadata = {.request_id = "id-9"}},
     "webexctl: the order may have been carried out: DEADLINE_EXCEEDED (DEADLINE_AFTER_SENT)\n"
     "  Webex has not answered yet\n"
     "  What happened:  it is not known whether the workspace was provisioned (unknown)\n"
     "  Order again?    yes, with --request_id=id-9, to learn its outcome: a gateway that keeps a ledger does not send "
     "it twice\n"
     "  Look it up:     webexctl operations get id-9\n"
     "  Request id:     id-9\n"
     "  Sent as:        WXGW_id-9_1\n",
     R"({
 "error": {
  "code": "DEADLINE_EXCEEDED",
  "grpcCode": 4,
  "reason": "DEADLINE_AFTER_SENT",
  "outcome": "unknown",
  "message": "Webex has not answered yet",
  "requestId": "id-9",
  "attempts": 1
 }
}
)"},
    {"HeldBackByAnotherUnderWay",
     {.code = absl::StatusCode::kAborted,
      .message = "another order for the same enterprise and user is under way",
      .reason = "OPERATION_IN_PROGRESS",
      .outcome = Outcome::kNotApplied,
      .retry_delay = absl::Seconds(1),
      .earlier_request_id = "id-1",
      .metadata = {.request_id = "id-2"}},
     "webexctl: the order was not carried out: ABORTED (OPERATION_IN_PROGRESS)\n"
     "  another order for the same enterprise and user is under way\n"
     "  What happened:  nothing was provisioned (not_applied)\n"
     "  Order again?    yes, after 1 s\n"
     "  Blocked by:     id-1\n"
     "  Request id:     id-2\n",
     R"({
 "error": {
  "code": "ABORTED",
  "grpcCode": 10,
  "reason": "OPERATION_IN_PROGRESS",
  "outcome": "not_applied",
  "message": "another order for the same enterprise and user is under way",
  "retryAfterSeconds": 1,
  "requestId": "id-2",
  "earlierRequestId": "id-1"
 }
}
)"},
    {"MayBeRepeatedUnderTheSameIdAlone",
     {.code = absl::StatusCode::kUnavailable,
      .message = "the ledger cannot be used, so nothing is sent: its disk is full",
      .reason = "LEDGER_UNAVAILABLE",
      .outcome = Outcome::kUnchanged,
      .retry_delay = absl::Seconds(1),
      .metadata = {.request_id = "id-2"}},
     "webexctl: this call did not carry the order out: UNAVAILABLE (LEDGER_UNAVAILABLE)\n"
     "  the ledger cannot be used, so nothing is sent: its disk is full\n"
     "  What happened:  this call changed nothing; whether an earlier one under this request id did is not known here "
     "(unchanged)\n"
     "  Order again?    yes, with --request_id=id-2, after 1 s\n"
     "  Request id:     id-2\n",
     R"({
 "error": {
  "code": "UNAVAILABLE",
  "grpcCode": 14,
  "reason": "LEDGER_UNAVAILABLE",
  "outcome": "unchanged",
  "message": "the ledger cannot be used, so nothing is sent: its disk is full",
  "retryAfterSeconds": 1,
  "requestId": "id-2"
 }
}
)"},
    {"MayBeRepeatedAfterAWait",
     {.code = absl::StatusCode::kResourceExhausted,
      .message = "Webex's rate limit",
      .reason = "WEBEX_RATE_LIMITED",
      .outcome = Outcome::kNotApplied,
      .retry_delay = absl::Milliseconds(2500),
      .metadata = {.request_id = "id-2"}},
     "webexctl: the order was not carried out: RESOURCE_EXHAUSTED (WEBEX_RATE_LIMITED)\n"
     "  Webex's rate limit\n"
     "  What happened:  nothing was provisioned (not_applied)\n"
     "  Order again?    yes, after 2.5 s\n"
     "  Request id:     id-2\n",
     R"({
 "error": {
  "code": "RESOURCE_EXHAUSTED",
  "grpcCode": 8,
  "reason": "WEBEX_RATE_LIMITED",
  "outcome": "not_applied",
  "message": "Webex's rate limit",
  "retryAfterSeconds": 2.5,
  "requestId": "id-2"
 }
}
)"},
    {"MayBeRepeatedAtOnce",
     {.code = absl::StatusCode::kUnavailable,
      .message = "restarting",
      .reason = "GATEWAY_STOPPING",
      .outcome = Outcome::kNotApplied,
      .retry_delay = absl::ZeroDuration(),
      .metadata = {.request_id = "id-3"}},
     "webexctl: the order was not carried out: UNAVAILABLE (GATEWAY_STOPPING)\n"
     "  restarting\n"
     "  What happened:  nothing was provisioned (not_applied)\n"
     "  Order again?    yes, at once\n"
     "  Request id:     id-3\n",
     R"({
 "error": {
  "code": "UNAVAILABLE",
  "grpcCode": 14,
  "reason": "GATEWAY_STOPPING",
  "outcome": "not_applied",
  "message": "restarting",
  "retryAfterSeconds": 0,
  "requestId": "id-3"
 }
}
)"},
    {"Unknown",
     {.code = absl::StatusCode::kUnavailable,
      .message = "the answer was lost",
      .reason = "WEBEX_ANSWER_LOST",
      .outcome = Outcome::kUnknown,
      .attempts = 1,
      .metadata = {.request_id = "id-4"}},
     "webexctl: the order may have been carried out: UNAVAILABLE (WEBEX_ANSWER_LOST)\n"
     "  the answer was lost\n"
     "  What happened:  it is not known whether the workspace was provisioned (unknown)\n"
     "  Order again?    yes, with --request_id=id-4, to learn its outcome: a gateway that keeps a ledger does not send "
     "it twice; "
     "as a new order it is refused until it is resolved\n"
     "  Resolve it:     webexctl operations get id-4 shows how\n"
     "  Request id:     id-4\n"
     "  Sent as:        WXGW_id-4_1\n",
     R"({
 "error": {
  "code": "UNAVAILABLE",
  "grpcCode": 14,
  "reason": "WEBEX_ANSWER_LOST",
  "outcome": "unknown",
  "message": "the answer was lost",
  "requestId": "id-4",
  "attempts": 1
 }
}
)"},
    {"FaultyFields",
     {.code = absl::StatusCode::kInvalidArgument,
      .message = "The order is at fault",
      .reason = "INVALID_REQUEST",
      .outcome = Outcome::kNotApplied,
      .field_violations = {{"userId", "must not be empty"}, {"displayName", "must not be empty"}},
      .metadata = {.request_id = "id-5"}},
     "webexctl: the order was refused: INVALID_ARGUMENT (INVALID_REQUEST)\n"
     "  The order is at fault\n"
     "  What happened:  nothing was provisioned (not_applied)\n"
     "  Order again?    yes, once the cause is fixed\n"
     "  Fields:         userId: must not be empty\n"
     "                  displayName: must not be empty\n"
     "  Request id:     id-5\n",
     R"({
 "error": {
  "code": "INVALID_ARGUMENT",
  "grpcCode": 3,
  "reason": "INVALID_REQUEST",
  "outcome": "not_applied",
  "message": "The order is at fault",
  "requestId": "id-5",
  "fieldViolations": [
   {
    "field": "userId",
    "description": "must not be empty"
   },
   {
    "field": "displayName",
    "description": "must not be empty"
   }
  ]
 }
}
)"},
    {"Unreachable",
     {.code = absl::StatusCode::kUnavailable,
      .message = "Connection refused",
      .reason = "GATEWAY_UNREACHABLE",
      .outcome = Outcome::kNotApplied,
      .metadata = {.request_id = "id-6"}},
     "webexctl: the gateway cannot be reached: UNAVAILABLE (GATEWAY_UNREACHABLE)\n"
     "  Connection refused\n"
     "  What happened:  nothing was provisioned (not_applied)\n"
     "  Order again?    yes, once the cause is fixed\n"
     "  Request id:     id-6\n",
     R"({
 "error": {
  "code": "UNAVAILABLE",
  "grpcCode": 14,
  "reason": "GATEWAY_UNREACHABLE",
  "outcome": "not_applied",
  "message": "Connection refused",
  "requestId": "id-6"
 }
}
)"},
    {"NothingKnown",
     {.code = absl::StatusCode::kDeadlineExceeded, .metadata = {.request_id = "id-7"}},
     "webexctl: the order may have been carried out: DEADLINE_EXCEEDED\n"
     "  What happened:  it is not known whether the workspace was provisioned (unknown)\n"
     "  Order again?    yes, with --request_id=id-7, to learn its outcome: a gateway that keeps a ledger does not send "
     "it twice\n"
     "  Look it up:     webexctl operations get id-7\n"
     "  Request id:     id-7\n",
     R"({
 "error": {
  "code": "DEADLINE_EXCEEDED",
  "grpcCode": 4,
  "outcome": "unknown",
  "requestId": "id-7"
 }
}
)"},
    {"HostileText",
     {.code = absl::StatusCode::kUnknown,
      .message = "a\n\x1b[2Jb\xff",
      .reason = "R\r",
      .metadata = {.request_id = "id-8\xff", .tracking_id = "\n"}},
     "webexctl: the order may have been carried out: UNKNOWN (R )\n"
     "  a \\u001b[2Jb?\n"
     "  What happened:  it is not known whether the workspace was provisioned (unknown)\n"
     "  Order again?    yes, with --request_id=id-8?, to learn its outcome: a gateway that keeps a ledger does not "
     "send it twice; "
     "as a new order it is refused until it is resolved\n"
     "  Resolve it:     webexctl operations get id-8? shows how\n"
     "  Request id:     id-8?\n"
     "  Tracking id:      (quote it to Cisco's support)\n",
     R"({
 "error": {
  "code": "UNKNOWN",
  "grpcCode": 2,
  "reason": "R ",
  "outcome": "unknown",
  "message": "a \\u001b[2Jb?",
  "requestId": "id-8?",
  "webexTrackingId": " "
 }
}
)"},
};

// It is meant for one to be seen as another: overrides, marks, separators, a byte order mark, a C1 control.
constexpr char kSpoof[] = "ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u009b";
constexpr char kShown[] = R"(ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u009b)";

TEST(WorkspaceJson, ShowsWhatNobodySeesAsEscapesThatMeanTheSame) {
  webex::broadworks::v1::Workspace workspace;
  workspace.set_id(kSpoof);
  workspace.set_display_name(absl::StrCat("Room\n", kSpoof));
  const std::string json = WorkspaceJson(workspace);
  EXPECT_EQ(json, absl::StrCat("{\n \"id\": \"", kShown, "\",\n \"displayName\": \"Room\\n", kShown, "\"\n}\n"));
  webex::broadworks::v1::Workspace read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &read).ok());
  EXPECT_EQ(read.id(), kSpoof);
}

TEST(ErrorText, ShowsWhatNobodySeesAsEscapes) {
  const std::string text = ErrorText(kProvision, {.code = absl::StatusCode::kNotFound,
                                                  .message = kSpoof,
                                                  .reason = kSpoof,
                                                  .metadata = {.request_id = kSpoof, .tracking_id = kSpoof}});
  EXPECT_THAT(text, HasSubstr(absl::StrCat("NOT_FOUND (", kShown, ")\n  ", kShown, "\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("Request id:     ", kShown, "\n")));
  EXPECT_EQ(EscapeUnseen(text, "\n"), text);
  const std::string success = SuccessText({.request_id = kSpoof, .tracking_id = kSpoof});
  EXPECT_EQ(success, absl::StrCat("webexctl: request id ", kShown, ", tracking id ", kShown, "\n"));
}

class ErrorReportTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(ErrorReportTest, ReadsWellForAPerson) { EXPECT_EQ(ErrorText(kProvision, GetParam().error), GetParam().text); }
TEST_P(ErrorReportTest, ReadsWellForAProgram) { EXPECT_EQ(ErrorJson(GetParam().error), GetParam().json); }

INSTANTIATE_TEST_SUITE_P(Errors, ErrorReportTest, testing::ValuesIn(kErrors),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(ExitCode, Is64AndTheCode) {
  EXPECT_EQ(ExitCode(absl::StatusCode::kCancelled), 65);
  EXPECT_EQ(ExitCode(absl::StatusCode::kAlreadyExists), 70);
  EXPECT_EQ(ExitCode(absl::StatusCode::kUnavailable), 78);
  EXPECT_EQ(ExitCode(absl::StatusCode::kUnauthenticated), 80);
}

TEST(WorkspaceJson, HasTheFormOfTheRestReference) {
  webex::broadworks::v1::Workspace workspace;
  workspace.set_id("Y2lzY29z");
  workspace.set_provisioning_id("ZjViZjI4");
  workspace.set_user_id("95547321@sp.com");
  workspace.set_sp_enterprise_id("Reseller1+acme");
  workspace.set_display_name("B\xc3\xbcro");
  workspace.set_primary_phone_number("+1-240-555-1212");
  workspace.set_extension("51212");
  workspace.mutable_create_time()->set_seconds(1571408776);
  workspace.mutable_create_time()->set_nanos(5000000);
  workspace.set_state(webex::broadworks::v1::Workspace::PROVISIONED);
  EXPECT_EQ(WorkspaceJson(workspace), R"({
 "id": "Y2lzY29z",
 "provisioningId": "ZjViZjI4",
 "userId": "95547321@sp.com",
 "spEnterpriseId": "Reseller1+acme",
 "displayName": "Büro",
 "primaryPhoneNumber": "+1-240-555-1212",
 "extension": "51212",
 "created": "2019-10-18T14:26:16.005Z",
 "state": "PROVISIONED"
}
)");
}

TEST(SuccessText, IsOneLineOfTheIdsThatAreKnown) {
  EXPECT_EQ(SuccessText({.request_id = "id", .tracking_id = "ROUTER\n1"}),
            "webexctl: request id id, tracking id ROUTER 1\n");
  EXPECT_EQ(SuccessText({.request_id = "id"}), "webexctl: request id id\n");
}

TEST(ErrorText, NamesTheAttemptsOnlyWhereWebexsOwnIdNeverCame) {
  const auto says_sent = [](const CallError& error) {
    return ErrorText(kProvision, error).find("Sent as:") != std::string::npos;
  };
  CallError error{.outcome = Outcome::kUnknown, .attempts = 3, .metadata = {.request_id = "id"}};
  EXPECT_NE(ErrorText(kProvision, error).find("  Sent as:        WXGW_id_1 to _3\n"), std::string::npos);
  error.metadata.tracking_id = "ROUTER_1";
  EXPECT_FALSE(says_sent(error));
  error.metadata.tracking_id = "";
  error.attempts = 0;
  EXPECT_FALSE(says_sent(error));
  error.attempts = std::nullopt;
  EXPECT_FALSE(says_sent(error));
  error.attempts = 1;
  error.outcome = Outcome::kNotApplied;
  EXPECT_FALSE(says_sent(error));
}

CallError OfAReason(absl::StatusCode code, const std::string& reason, Outcome outcome) {
  return {.code = code, .message = "why", .reason = reason, .outcome = outcome, .metadata = {.request_id = "id-1"}};
}

TEST(ErrorText, OfAnUpdateOrARemovalThatMayHaveBeenCarriedOutSaysToRepeatIt) {
  EXPECT_EQ(
      ErrorText(kUpdate, OfAReason(absl::StatusCode::kUnavailable, "WEBEX_ANSWER_LOST", Outcome::kUnknown)),
      "webexctl: the update may have been carried out: UNAVAILABLE (WEBEX_ANSWER_LOST)\n"
      "  why\n"
      "  What happened:  it is not known whether the workspace was changed (unknown)\n"
      "  Repeat it?      yes, with --request_id=id-1, which is safe: it is sent again unless its result is known\n"
      "  Look it up:     webexctl operations get id-1\n"
      "  Request id:     id-1\n");
  for (const char* reason : {"", "DEADLINE_AFTER_SENT", "WEBEX_INTERNAL", "OPERATION_IN_PROGRESS"}) {
    const std::string text =
        ErrorText(kRemoval, OfAReason(absl::StatusCode::kDeadlineExceeded, reason, Outcome::kUnknown));
    EXPECT_THAT(text, HasSubstr("webexctl: the removal may have been carried out: "));
    EXPECT_THAT(text, HasSubstr("it is not known whether the workspace was removed (unknown)\n"));
    EXPECT_THAT(text, HasSubstr("  Repeat it?      yes, with --request_id=id-1, which is safe: "));
    EXPECT_THAT(text, HasSubstr("  Look it up:     webexctl operations get id-1\n"));
  }
}

TEST(ErrorText, OfAnUpdateOrARemovalThatHadNoEffectSaysWhetherAnotherMight) {
  const std::pair<CallError, const char*> cases[] = {
      {OfAReason(absl::StatusCode::kAborted, "WEBEX_CONFLICT", Outcome::kNotApplied), "yes, once the cause is fixed"},
      {OfAReason(absl::StatusCode::kNotFound, "WEBEX_NOT_FOUND", Outcome::kNotApplied),
       "no: Webex knows no such workspace; it may have been removed before"},
      {OfAReason(absl::StatusCode::kNotFound, "WEBEX_GONE", Outcome::kNotApplied),
       "no: Webex knows no such workspace; it may have been removed before"},
      {OfAReason(absl::StatusCode::kAlreadyExists, "WEBEX_ALREADY_EXISTS", Outcome::kNotApplied),
       "no: this user id is already in use"},
      {OfAReason(absl::StatusCode::kUnavailable, "LEDGER_UNAVAILABLE", Outcome::kUnchanged),
       "yes, with --request_id=id-1, once the cause is fixed"},
  };
  for (const auto& [error, again] : cases) {
    for (const OrderKind* kind : {&kUpdate, &kRemoval}) {
      EXPECT_THAT(ErrorText(*kind, error), HasSubstr(absl::StrCat("  Repeat it?      ", again, "\n"))) << error.reason;
    }
  }
  EXPECT_THAT(ErrorText(kUpdate, cases[0].first),
              HasSubstr("webexctl: the update was not carried out: ABORTED (WEBEX_CONFLICT)\n  why\n"
                        "  What happened:  nothing was changed (not_applied)\n"));
  EXPECT_THAT(ErrorText(kRemoval, cases[1].first),
              HasSubstr("webexctl: the removal was refused: NOT_FOUND (WEBEX_NOT_FOUND)\n  why\n"
                        "  What happened:  nothing was removed (not_applied)\n"));
}

// Its answer was lost, and the workspace removed before it was repeated.
TEST(ErrorText, OfAnUpdateThatMayHaveBeenCarriedOutButWhoseWorkspaceIsGoneSaysNotToRepeatIt) {
  EXPECT_THAT(ErrorText(kUpdate, OfAReason(absl::StatusCode::kNotFound, "WEBEX_NOT_FOUND", Outcome::kUnknown)),
              HasSubstr("it is not known whether the workspace was changed (unknown)\n"
                        "  Repeat it?      no: Webex knows no such workspace; it may have been removed before\n"));
}

// It may be the enterprise, or the template.
TEST(ErrorText, OfAnOrderToProvisionTakesNotFoundForAFaultThatCanBeFixed) {
  EXPECT_THAT(ErrorText(kProvision, OfAReason(absl::StatusCode::kNotFound, "WEBEX_NOT_FOUND", Outcome::kNotApplied)),
              HasSubstr("  Order again?    yes, once the cause is fixed\n"));
}

TEST(HealthReport, IsALineOrAnObjectLikeAnOrders) {
  EXPECT_EQ(HealthText(grpc::health::v1::HealthCheckResponse::SERVING), "SERVING\n");
  EXPECT_EQ(HealthJson(grpc::health::v1::HealthCheckResponse::NOT_SERVING), "{\n \"status\": \"NOT_SERVING\"\n}\n");
  const CallError error{.code = absl::StatusCode::kUnavailable, .message = "no\nway", .reason = "GATEWAY_UNREACHABLE"};
  EXPECT_EQ(HealthErrorText(error), "webexctl: UNAVAILABLE (GATEWAY_UNREACHABLE): no way\n");
  EXPECT_EQ(OperationErrorJson(error), R"({
 "error": {
  "code": "UNAVAILABLE",
  "grpcCode": 14,
  "reason": "GATEWAY_UNREACHABLE",
  "message": "no way"
 }
}
)");
}

}  // namespace
}  // namespace webex_gateway::client
