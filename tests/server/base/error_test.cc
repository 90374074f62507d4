#include "server/base/error.h"

#include <gtest/gtest.h>

#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

// Three bytes each in UTF-8, nine when percent-encoded.
std::string Kanji(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "\xe4\xbc\x9a";
  return text;
}

Error Refused() {
  return {.code = absl::StatusCode::kNotFound,
          .reason = "WEBEX_NOT_FOUND",
          .message = "no such enterprise",
          .outcome = Outcome::kNotApplied};
}

TEST(ToStatus, SaysCodeMessageReasonDomainAndOutcome) {
  const absl::Status status = ToStatus(Refused());
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no such enterprise");
  EXPECT_EQ(InfoOf(status).reason(), "WEBEX_NOT_FOUND");
  EXPECT_EQ(InfoOf(status).domain(), "webex-gateway");
  EXPECT_EQ(OutcomeOf(status), "not_applied");
}

TEST(ToStatus, LeavesOutTheDetailsThatHaveNothingToSay) {
  const absl::Status status = ToStatus(Refused());
  EXPECT_FALSE(DetailOf<google::rpc::RequestInfo>(status));
  EXPECT_FALSE(DetailOf<google::rpc::RetryInfo>(status));
  EXPECT_FALSE(DetailOf<google::rpc::BadRequest>(status));
}

TEST(ToStatus, LeavesOutMetadataWithoutAValue) {
  Error error = Refused();
  error.metadata = {{"attempts", "2"}, {"webex_error_code", ""}};
  const absl::Status status = ToStatus(error);
  EXPECT_EQ(MetadataOf(status, "attempts"), "2");
  EXPECT_EQ(InfoOf(status).metadata().count("webex_error_code"), 0u);
}

TEST(ToStatus, NamesTheTrackingIdTwice) {
  Error error = Refused();
  error.tracking_id = "ROUTER_1";
  const absl::Status status = ToStatus(error);
  EXPECT_EQ(MetadataOf(status, "webex_tracking_id"), "ROUTER_1");
  EXPECT_EQ(DetailOf<google::rpc::RequestInfo>(status)->request_id(), "ROUTER_1");
}

TEST(ToStatus, NeverPromisesARetryWhereTheOutcomeIsUnknown) {
  Error error = Refused();
  error.retry_after = absl::Seconds(3);
  EXPECT_EQ(RetryDelayOf(ToStatus(error)), absl::Seconds(3));
  error.outcome = Outcome::kUnknown;
  EXPECT_EQ(RetryDelayOf(ToStatus(error)), std::nullopt);
  EXPECT_EQ(OutcomeOf(ToStatus(error)), "unknown");
}

TEST(ToStatus, KeepsARetryDelayBetweenZeroAndADay) {
  const std::pair<absl::Duration, absl::Duration> cases[] = {
      {absl::Milliseconds(2500), absl::Milliseconds(2500)},
      {-absl::Seconds(1), absl::ZeroDuration()},
      {absl::Hours(48), absl::Hours(24)},
      {absl::InfiniteDuration(), absl::Hours(24)},
      {-absl::InfiniteDuration(), absl::ZeroDuration()},
  };
  for (const auto& [asked, said] : cases) {
    Error error = Refused();
    error.retry_after = asked;
    EXPECT_EQ(RetryDelayOf(ToStatus(error)), said) << asked;
  }
}

TEST(ToStatus, NamesTheFirstOfManyViolations) {
  Error error = Refused();
  for (int i = 0; i < 20; ++i) error.violations.push_back({"field" + std::to_string(i), "is odd"});
  const auto bad = DetailOf<google::rpc::BadRequest>(ToStatus(error));
  ASSERT_TRUE(bad);
  ASSERT_EQ(bad->field_violations_size(), 8);
  EXPECT_EQ(bad->field_violations(0).field(), "field0");
  EXPECT_EQ(bad->field_violations(0).description(), "is odd");
  EXPECT_EQ(bad->field_violations(7).field(), "field7");
}

TEST(ToStatus, StaysWellBelowEightKibibytesAtItsWorst) {
  Error error{.code = absl::StatusCode::kInvalidArgument,
              .reason = "WEBEX_UNSUPPORTED_MEDIA_TYPE",
              .message = Kanji(5000),
              .outcome = Outcome::kNotApplied,
              .metadata = {{"http_status", "400"},
                           {"webex_error_code", Kanji(5000)},
                           {"attempts", "2147483647"},
                           {"request_id", Kanji(5000)},
                           {"earlier_request_id", Kanji(5000)},
                           {"webex_workspace_id", Kanji(5000)}},
              .tracking_id = std::string(5000, 'x'),
              .retry_after = absl::Hours(1)};
  for (int i = 0; i < 100; ++i) error.violations.push_back({Kanji(5000), Kanji(5000)});
  EXPECT_LT(WireSizeOf(ToStatus(error)), 7u << 10);
}

TEST(ToStatus, CutsBetweenCharacters) {
  for (const char* lead : {"", "x", "xx"}) {
    Error error = Refused();
    error.message = lead + Kanji(500);
    error.metadata = {{"webex_error_code", lead + Kanji(500)}};
    error.violations = {{lead + Kanji(500), lead + Kanji(500)}};
    const absl::Status status = ToStatus(error);
    EXPECT_EQ((status.message().size() - std::string(lead).size()) % 3, 0u);
    EXPECT_GT(status.message().size(), 500u);
    // A detail whose text is not UTF-8 does not even parse.
    EXPECT_TRUE(DetailOf<google::rpc::BadRequest>(status));
    EXPECT_GT(MetadataOf(status, "webex_error_code").size(), 120u);
  }
}

TEST(DetailOf, IsNothingForAPayloadThatDoesNotParse) {
  absl::Status status = absl::InternalError("x");
  status.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord("\xff\xff"));
  EXPECT_FALSE(DetailOf<google::rpc::ErrorInfo>(status));
  EXPECT_FALSE(DetailOf<google::rpc::ErrorInfo>(absl::OkStatus()));
}

TEST(Truncate, NeverSplitsACharacterAndNeverGrows) {
  EXPECT_EQ(Truncate("abc", 3), "abc");
  EXPECT_EQ(Truncate("abc", 2), "ab");
  EXPECT_EQ(Truncate("a\xe4\xbc\x9a", 4), "a\xe4\xbc\x9a");
  EXPECT_EQ(Truncate("a\xe4\xbc\x9a", 3), "a");
  EXPECT_EQ(Truncate("a\xe4\xbc\x9a", 2), "a");
  EXPECT_EQ(Truncate("\x80\x80\x80", 2), "");  // no UTF-8 at all: nothing is left, nothing is read beyond it
  EXPECT_EQ(Truncate("", 0), "");
}

TEST(ErrorIn, IsWhatTheStatusWasMadeOf) {
  const Error error{.code = absl::StatusCode::kResourceExhausted,
                    .reason = "WEBEX_RATE_LIMITED",
                    .message = "slow down",
                    .outcome = Outcome::kNotApplied,
                    .metadata = {{"attempts", "3"}, {"http_status", "429"}},
                    .tracking_id = "T1",
                    .retry_after = absl::Milliseconds(2500),
                    .violations = {{"userId", "is missing"}}};
  EXPECT_EQ(ErrorIn(ToStatus(error)), error);
  EXPECT_EQ(ErrorIn(ToStatus(Refused())), Refused());
}

TEST(ErrorIn, IsNothingWhereTheStatusIsNotTheGateways) {
  EXPECT_EQ(ErrorIn(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(ErrorIn(absl::UnavailableError("gRPC's own")), std::nullopt);
}

}  // namespace
}  // namespace webex_gateway
