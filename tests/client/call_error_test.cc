#include "webex_gateway/call_error.h"

#include <gtest/gtest.h>

#include "tests/client/fake_gateway.h"

namespace webex_gateway::client {
namespace {

using google::rpc::BadRequest;
using google::rpc::RequestInfo;
using google::rpc::RetryInfo;

RetryInfo After(int64_t seconds, int32_t nanos) {
  RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(seconds);
  retry.mutable_retry_delay()->set_nanos(nanos);
  return retry;
}

CallError ReadError(std::initializer_list<const google::protobuf::Message*> details,
                    const CallMetadata& metadata = {}) {
  return ReadCallError(Failure(grpc::StatusCode::UNAVAILABLE, "no", details), metadata);
}

TEST(ReadCallError, TakesOnlyAnExplicitNotAppliedForIt) {
  const auto outcome_of = [](const std::map<std::string, std::string>& metadata) {
    const auto info = Info("R", metadata);
    return ReadError({&info}).outcome;
  };
  EXPECT_EQ(outcome_of({{"outcome", "not_applied"}}), Outcome::kNotApplied);
  EXPECT_EQ(outcome_of({{"outcome", "unchanged"}}), Outcome::kUnchanged);
  EXPECT_EQ(outcome_of({{"outcome", "unknown"}}), Outcome::kUnknown);
  EXPECT_EQ(outcome_of({{"outcome", "NOT_APPLIED"}}), Outcome::kUnknown);
  EXPECT_EQ(outcome_of({{"outcome", ""}}), Outcome::kUnknown);
  EXPECT_EQ(outcome_of({}), Outcome::kUnknown);
}

TEST(ReadCallError, TakesReasonAndOutcomeOutOfTheMessageWhereTheyAreMembersOfTheError) {
  const auto info = Info("WEBEX_ANSWER_LOST", {{"outcome", "unknown"}});
  const auto message = [](const char* sent, const google::rpc::ErrorInfo& told) {
    return ReadCallError(Failure(grpc::StatusCode::UNAVAILABLE, sent, {&told}), {}).message;
  };
  EXPECT_EQ(message("it was lost [WEBEX_ANSWER_LOST, unknown]", info), "it was lost");
  EXPECT_EQ(message("it was lost [X, unknown]", info), "it was lost [X, unknown]");
  auto other = info;
  other.set_domain("some-proxy");
  EXPECT_EQ(message("it was lost [WEBEX_ANSWER_LOST, unknown]", other), "it was lost [WEBEX_ANSWER_LOST, unknown]");
}

TEST(ReadCallError, BelievesNoOtherDomain) {
  auto info = Info("R", {{"outcome", "not_applied"}});
  info.set_domain("some-proxy");
  const RetryInfo retry = After(1, 0);
  const CallError error = ReadError({&info, &retry});
  EXPECT_EQ(error.outcome, Outcome::kUnknown);
  EXPECT_EQ(error.reason, "");
  EXPECT_EQ(error.retry_delay, std::nullopt);
}

TEST(ReadCallError, SurvivesDetailsThatAreNotAStatus) {
  const CallError error = ReadCallError(grpc::Status(grpc::StatusCode::INTERNAL, "no", "\xff\xff\xff"), {});
  EXPECT_EQ(error.code, absl::StatusCode::kInternal);
  EXPECT_EQ(error.message, "no");
  EXPECT_EQ(error.outcome, Outcome::kUnknown);
}

TEST(ReadCallError, ReadsTheWaitToTheNanosecond) {
  const auto info = Info("R", {{"outcome", "not_applied"}});
  const RetryInfo wait = After(2, 500'000'000), none = After(0, 0), negative = After(-3, 0);
  EXPECT_EQ(ReadError({&info, &wait}).retry_delay, absl::Milliseconds(2500));
  EXPECT_EQ(ReadError({&info, &none}).retry_delay, absl::ZeroDuration());
  EXPECT_EQ(ReadError({&info, &negative}).retry_delay, absl::ZeroDuration());
  EXPECT_EQ(ReadError({&info}).retry_delay, std::nullopt);
}

// Which the gateway sends where it is to send an unknown order once more.
TEST(ReadCallError, ReadsWhenToRepeatWhereTheOutcomeIsUnknown) {
  const auto info = Info("R", {{"outcome", "unknown"}});
  const RetryInfo wait = After(2, 0);
  EXPECT_EQ(ReadError({&wait, &info}).retry_delay, absl::Seconds(2));
  EXPECT_EQ(ReadError({&info}).retry_delay, std::nullopt);
}

TEST(ReadCallError, ReadsEveryFieldViolation) {
  const auto info = Info("INVALID_REQUEST", {{"outcome", "not_applied"}});
  BadRequest bad;
  for (const char* field : {"userId", "displayName"}) {
    bad.add_field_violations()->set_field(field);
    bad.mutable_field_violations()->rbegin()->set_description("must not be empty");
  }
  const CallError error = ReadError({&info, &bad});
  ASSERT_EQ(error.field_violations.size(), 2u);
  EXPECT_EQ(error.field_violations[0].field, "userId");
  EXPECT_EQ(error.field_violations[1].field, "displayName");
  EXPECT_EQ(error.field_violations[1].description, "must not be empty");
}

TEST(ReadCallError, ReadsFiguresOnlyWhereTheyAreFigures) {
  const auto figures = Info("R", {{"http_status", "503"}, {"attempts", "2"}});
  const auto garbage = Info("R", {{"http_status", "5o3"}, {"attempts", ""}});
  EXPECT_EQ(ReadError({&figures}).http_status, 503);
  EXPECT_EQ(ReadError({&figures}).attempts, 2);
  EXPECT_EQ(ReadError({&garbage}).http_status, std::nullopt);
  EXPECT_EQ(ReadError({&garbage}).attempts, std::nullopt);
}

TEST(ReadCallError, NamesTheBlockingOrder) {
  const auto blocked = Info("OUTCOME_UNKNOWN", {{"request_id", "id-2"}, {"earlier_request_id", "id-1"}});
  EXPECT_EQ(ReadError({&blocked}).earlier_request_id, "id-1");
}

TEST(ReadCallError, LooksForTheTrackingIdInTrailersThenInfoThenRequestInfo) {
  const auto with_id = Info("R", {{"webex_tracking_id", "from-info"}});
  const auto without_id = Info("R", {});
  RequestInfo request;
  request.set_request_id("from-request-info");
  EXPECT_EQ(ReadError({&with_id, &request}, {.tracking_id = "from-trailer"}).metadata.tracking_id, "from-trailer");
  EXPECT_EQ(ReadError({&with_id, &request}).metadata.tracking_id, "from-info");
  EXPECT_EQ(ReadError({&without_id, &request}).metadata.tracking_id, "from-request-info");
}

}  // namespace
}  // namespace webex_gateway::client
