#include "server/ledger/ledger.h"

#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

TEST(EndingOf, AnErrorIsWhatItsOutcomeSays) {
  Error error{.code = absl::StatusCode::kNotFound, .reason = "WEBEX_NOT_FOUND", .outcome = Outcome::kNotApplied};
  error.tracking_id = "T2";
  const Ending failed = EndingOf(ToStatus(error));
  EXPECT_EQ(failed.state, OperationState::kFailed);
  EXPECT_EQ(failed.answer, std::nullopt);
  EXPECT_EQ(failed.error_code, absl::StatusCode::kNotFound);
  EXPECT_EQ(failed.error_reason, "WEBEX_NOT_FOUND");
  EXPECT_EQ(failed.tracking_id, "T2");
  error.outcome = Outcome::kUnknown;
  EXPECT_EQ(EndingOf(ToStatus(error)).state, OperationState::kUnknown);
}

TEST(EndingOf, AnErrorThatDoesNotSayIsUnknown) {
  EXPECT_EQ(EndingOf(absl::NotFoundError("bare")).state, OperationState::kUnknown);
}

TEST(LedgerUnavailable, SaysThatNothingWasSentAndWhenToComeBack) {
  const absl::Status status = LedgerUnavailable("the disk is full", "r");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), "LEDGER_UNAVAILABLE");
  EXPECT_EQ(OutcomeOf(status), "not_applied");
  EXPECT_EQ(MetadataOf(status, "request_id"), "r");
  EXPECT_EQ(RetryDelayOf(status), absl::Seconds(1));
}

TEST(EndingOf, KeepsTheWorkspaceOfAnAnswerThatNamesAnotherUser) {
  const absl::Status error = ToStatus({.code = absl::StatusCode::kInternal,
                                       .reason = "WEBEX_ANSWER_UNREADABLE",
                                       .message = "is about another user",
                                       .outcome = Outcome::kUnknown,
                                       .metadata = {{"webex_workspace_id", "Y2lzY29z"}}});
  const Ending ending = EndingOf(error);
  EXPECT_EQ(ending.state, OperationState::kUnknown);
  EXPECT_EQ(ending.answer, std::nullopt);
  EXPECT_EQ(ending.workspace_id, "Y2lzY29z");
}

}  // namespace
}  // namespace webex_gateway
