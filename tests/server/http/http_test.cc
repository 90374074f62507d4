#include "server/http/http.h"

#include <gtest/gtest.h>

namespace webex_gateway {
namespace {

TEST(FindHeader, TakesAnyLetterCaseAndTheFirst) {
  const std::vector<HttpHeader> headers = {{"X-A", "1"}, {"retry-AFTER", "2"}, {"Retry-After", "3"}, {"Empty", ""}};
  EXPECT_EQ(FindHeader(headers, "Retry-After"), "2");
  EXPECT_EQ(FindHeader(headers, "x-a"), "1");
  EXPECT_EQ(FindHeader(headers, "empty"), "");
  EXPECT_EQ(FindHeader(headers, "Retry"), std::nullopt);
  EXPECT_EQ(FindHeader({}, "Retry-After"), std::nullopt);
}

TEST(SendError, KeepsItsFailureItsCodeAndItsMessage) {
  const std::pair<SendFailure, absl::StatusCode> cases[] = {
      {SendFailure::kUnreachable, absl::StatusCode::kUnavailable},
      {SendFailure::kCertificate, absl::StatusCode::kUnavailable},
      {SendFailure::kAnswerLost, absl::StatusCode::kUnavailable},
      {SendFailure::kNoToken, absl::StatusCode::kUnauthenticated},
      {SendFailure::kOverloaded, absl::StatusCode::kResourceExhausted},
      {SendFailure::kRateLimited, absl::StatusCode::kResourceExhausted},
      {SendFailure::kDeadline, absl::StatusCode::kDeadlineExceeded},
      {SendFailure::kCancelled, absl::StatusCode::kCancelled},
  };
  for (const auto& [failure, code] : cases) {
    const absl::Status error = SendError(failure, "what happened");
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.message(), "what happened");
    EXPECT_EQ(SendFailureOf(error), failure);
    EXPECT_EQ(MaybeSent(failure), failure == SendFailure::kAnswerLost);
  }
}

TEST(WithCause, KeepsWhatTheErrorSaysAndTheCauseBesideIt) {
  const absl::Status error = WithCause(SendError(SendFailure::kAnswerLost, "what happened"), "what was said");
  EXPECT_EQ(error.message(), "what happened");
  EXPECT_EQ(SendFailureOf(error), SendFailure::kAnswerLost);
  EXPECT_EQ(CauseOf(error), "what was said");
  EXPECT_EQ(CauseOf(SendError(SendFailure::kAnswerLost, "what happened")), "");
}

TEST(SendFailureOf, TakesAnErrorThatNobodyMarkedForOneThatMayHaveBeenSent) {
  EXPECT_EQ(SendFailureOf(absl::DeadlineExceededError("from elsewhere")), SendFailure::kAnswerLost);
}

}  // namespace
}  // namespace webex_gateway
