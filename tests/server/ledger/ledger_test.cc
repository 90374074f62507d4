#include "server/ledger/ledger.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"
#include "server/base/error.h"
#include "server/ledger/fingerprint.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/orders.h"
#include "webex/broadworks/v1/options.pb.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

TEST(Fingerprint, StaysTheSameFromReleaseToRelease) {
  EXPECT_EQ(absl::BytesToHexString(FingerprintOf(ExampleOrder())),
            "10f737e79655350025117d9036e40be7ec102ed3fe1fea868ab6a7175d06c297");
}

TEST(Fingerprint, DiffersWithEveryFieldThatIsSentToWebex) {
  std::set<std::string> seen = {FingerprintOf(ExampleOrder())};
  const auto* descriptor = ProvisionWorkspaceRequest::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->options().GetExtension(webex::broadworks::v1::gateway_only)) continue;
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.GetReflection()->SetString(&order, field, "other");
    EXPECT_TRUE(seen.insert(FingerprintOf(order)).second) << field->name();
    order.GetReflection()->SetString(&order, field, "");
    EXPECT_TRUE(seen.insert(FingerprintOf(order)).second) << field->name();
    if (!field->has_presence()) continue;
    order.GetReflection()->ClearField(&order, field);
    EXPECT_TRUE(seen.insert(FingerprintOf(order)).second) << field->name();
  }
}

TEST(Fingerprint, KnowsWhereOneFieldEndsAndTheNextBegins) {
  ProvisionWorkspaceRequest one;
  one.set_provisioning_id("a2:1:b");
  ProvisionWorkspaceRequest two;
  two.set_provisioning_id("a");
  two.set_user_id("b");
  EXPECT_NE(FingerprintOf(one), FingerprintOf(two));
}

TEST(Fingerprint, LeavesTheGatewaysOwnFieldsOut) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("11111111-2222-4333-8444-555555555555");
  order.set_validate_only(true);
  EXPECT_EQ(FingerprintOf(order), FingerprintOf(ExampleOrder()));
}

TEST(EndingOf, AWorkspaceIsASuccess) {
  Workspace workspace;
  workspace.set_id("i");
  const Ending ending = EndingOf(workspace, "T1");
  EXPECT_EQ(ending.state, OperationState::kSucceeded);
  EXPECT_EQ(ending.workspace->id(), "i");
  EXPECT_EQ(ending.tracking_id, "T1");
}

TEST(EndingOf, AnErrorIsWhatItsOutcomeSays) {
  Error error{.code = absl::StatusCode::kNotFound, .reason = "WEBEX_NOT_FOUND", .outcome = Outcome::kNotApplied};
  error.tracking_id = "T2";
  const Ending failed = EndingOf(ToStatus(error));
  EXPECT_EQ(failed.state, OperationState::kFailed);
  EXPECT_EQ(failed.workspace, std::nullopt);
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
  ASSERT_TRUE(ending.workspace.has_value());
  EXPECT_EQ(ending.workspace->id(), "Y2lzY29z");
}

}  // namespace
}  // namespace webex_gateway
