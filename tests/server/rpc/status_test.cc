#include "server/rpc/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/status.pb.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Error Overloaded() {
  return {.code = absl::StatusCode::kUnavailable,
          .reason = "GATEWAY_OVERLOADED",
          .message = "too much",
          .outcome = Outcome::kNotApplied,
          .tracking_id = "T",
          .retry_after = absl::Milliseconds(1500),
          .violations = {{"userId", "odd"}}};
}

TEST(ToGrpcStatusTest, CarriesCodeMessageAndEachDetailOnce) {
  const grpc::Status status = ToGrpcStatus(ToStatus(Overloaded()));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "too much [GATEWAY_OVERLOADED, not_applied]");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 14);
  EXPECT_EQ(details.message(), status.error_message());  // grpc-go shows this one
  std::vector<std::string> types;
  for (const auto& detail : details.details()) types.push_back(detail.type_url());
  EXPECT_THAT(types, testing::UnorderedElementsAre(
                         "type.googleapis.com/google.rpc.ErrorInfo", "type.googleapis.com/google.rpc.RequestInfo",
                         "type.googleapis.com/google.rpc.RetryInfo", "type.googleapis.com/google.rpc.BadRequest"));
}

TEST(ToGrpcStatusTest, MarksTheMessageWithWhatIsKnownLast) {
  const absl::Status lost = WithOutcome(ToStatus(Overloaded()), Outcome::kUnknown);
  EXPECT_EQ(ToGrpcStatus(lost).error_message(), "too much [GATEWAY_OVERLOADED, unknown]");
  EXPECT_EQ(ToGrpcStatus(absl::InternalError("odd")).error_message(), "odd");
}

TEST(ToGrpcStatusTest, KeepsOtherPayloadsInside) {
  absl::Status status = absl::UnavailableError("x");
  status.SetPayload("webex-gateway/send-failure", absl::Cord("a"));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(ToGrpcStatus(status).error_details()));
  EXPECT_EQ(details.details_size(), 0);
}

constexpr absl::Duration kNoDeadline = absl::InfiniteDuration();

auto Pushback(const char* milliseconds) { return ElementsAre(Pair("grpc-retry-pushback-ms", milliseconds)); }

TEST(RetryTrailersTest, GiveRetryInfosWaitInMillisecondsRoundedUp) {
  Error error = Overloaded();
  EXPECT_THAT(RetryTrailers(ToStatus(error), kNoDeadline), Pushback("1500"));
  error.retry_after = absl::Microseconds(2'000'001);
  EXPECT_THAT(RetryTrailers(ToStatus(error), kNoDeadline), Pushback("2001"));
}

TEST(RetryTrailersTest, ForbidARetryThatWouldNotBeginBeforeTheDeadline) {
  const absl::Status status = ToStatus(Overloaded());
  EXPECT_THAT(RetryTrailers(status, absl::Milliseconds(1601)), Pushback("1500"));
  EXPECT_THAT(RetryTrailers(status, absl::Milliseconds(1600)), Pushback("-1"));
  EXPECT_THAT(RetryTrailers(status, -absl::Seconds(1)), Pushback("-1"));
}

TEST(RetryTrailersTest, ForbidARetryWhereTheOutcomeIsUnknown) {
  Error error = Overloaded();
  error.outcome = Outcome::kUnknown;
  EXPECT_THAT(RetryTrailers(ToStatus(error), kNoDeadline), Pushback("-1"));
}

TEST(RetryTrailersTest, LeaveARetryToACallerWhoWantsAnUnknownOrderSentOnceMore) {
  Error error = Overloaded();
  error.outcome = Outcome::kUnknown;
  error.repeats_unknown = true;
  EXPECT_THAT(RetryTrailers(ToStatus(error), kNoDeadline), Pushback("1500"));
}

TEST(RetryTrailersTest, SayNothingWhereRepeatingIsSafeButUseless) {
  Error error = Overloaded();
  error.retry_after.reset();
  EXPECT_THAT(RetryTrailers(ToStatus(error), kNoDeadline), IsEmpty());
  EXPECT_THAT(RetryTrailers(absl::OkStatus(), kNoDeadline), IsEmpty());
}

}  // namespace
}  // namespace webex_gateway
