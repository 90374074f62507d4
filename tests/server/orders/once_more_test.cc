// An order that is UNKNOWN and that its caller has sent once more (if_unknown = REPEAT).
#include <gtest/gtest.h>

#include "tests/server/orders/fixture.h"

namespace webex_gateway {
namespace {

class OnceMoreTest : public OrdersTest {
 protected:
  static ProvisionWorkspaceRequest Repeat(const std::string& id) {
    ProvisionWorkspaceRequest order = OrderOf(id);
    order.set_if_unknown(ProvisionWorkspaceRequest::REPEAT);
    return order;
  }

  // Of a POST that Webex, or nobody, has taken up.
  static absl::Status Refusal(absl::StatusCode code, const char* reason) {
    return ToStatus({.code = code,
                     .reason = reason,
                     .message = "as Webex says",
                     .outcome = Outcome::kNotApplied,
                     .tracking_id = "T2",
                     .retry_after = absl::Seconds(1)});
  }

  // An order, of which nobody knows what became.
  void MakeUnknown(const std::string& id = kId) {
    Order(id);
    End(0, Failure(Outcome::kUnknown));
    ASSERT_EQ(Recorded(id).state, OperationState::kUnknown);
  }

  static std::string Word(const absl::Status& status) { return ReasonOf(status) + " " + OutcomeOf(status); }
};

TEST_F(OnceMoreTest, SendsAnUnknownOrderOnceMoreWhereItsCallerSaysSo) {
  MakeUnknown();
  EXPECT_EQ(Word(Order(kId)->answer.status()), "OUTCOME_UNKNOWN unknown");
  auto held = OrderOf(kId);
  held.set_if_unknown(ProvisionWorkspaceRequest::HOLD);
  EXPECT_EQ(Word(Order(held)->answer.status()), "OUTCOME_UNKNOWN unknown");
  ASSERT_EQ(webex_.orders.size(), 1u);
  auto again = Order(Repeat(kId));
  ASSERT_EQ(webex_.orders.size(), 2u);
  EXPECT_EQ(Recorded(kId).state, OperationState::kInFlight) << "before it is sent";
  EXPECT_EQ(Recorded(kId).claim, 2);
  End(1, Made());
  ASSERT_TRUE(again->answer.ok());
  EXPECT_EQ(WorkspaceIn(*again->answer).id(), "i");
  EXPECT_EQ(Recorded(kId).state, OperationState::kSucceeded);
  EXPECT_TRUE(Order(Repeat(kId))->replayed);
  EXPECT_EQ(webex_.orders.size(), 2u);
  EXPECT_EQ(contradictions_.ids.size(), 0u);
}

TEST_F(OnceMoreTest, SendsAnOrderThatIsNewOrHadNoEffectAsAnyOther) {
  auto first = Order(Repeat(kId));
  End(0, Refusal(absl::StatusCode::kAlreadyExists, "WEBEX_ALREADY_EXISTS"));
  EXPECT_EQ(Word(first->answer.status()), "WEBEX_ALREADY_EXISTS not_applied") << "nothing of it was sent before";
  auto second = Order(Repeat(kId));
  End(1, Refusal(absl::StatusCode::kAlreadyExists, "WEBEX_ALREADY_EXISTS"));
  EXPECT_EQ(Word(second->answer.status()), "WEBEX_ALREADY_EXISTS not_applied");
  EXPECT_EQ(Recorded(kId).state, OperationState::kFailed);
}

TEST_F(OnceMoreTest, TakesItForDoneWhereWebexSaysThatTheUserHasAWorkspace) {
  MakeUnknown();
  auto again = Order(Repeat(kId));
  End(1, Refusal(absl::StatusCode::kAlreadyExists, "WEBEX_ALREADY_EXISTS"));
  ASSERT_TRUE(again->answer.ok());
  Workspace expected = AsOrdered(OrderOf(kId));
  expected.set_state(Workspace::ACCEPTED);
  EXPECT_EQ(WorkspaceIn(*again->answer).SerializeAsString(), expected.SerializeAsString());
  EXPECT_EQ(again->tracking_id, "T2");
  const Operation& operation = Recorded(kId);
  EXPECT_EQ(operation.state, OperationState::kSucceeded);
  EXPECT_EQ(operation.ending.error_code, absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(operation.ending.error_reason, "WEBEX_ALREADY_EXISTS");
  EXPECT_EQ(operation.ending.tracking_id, "T2");
  EXPECT_EQ(operation.ending.attempts, 1);
  auto replay = Order(kId);
  ASSERT_TRUE(replay->answer.ok());
  EXPECT_EQ(*replay->answer, *again->answer);
}

TEST_F(OnceMoreTest, LeavesItUnknownAndReportsItIfOnlyThisCallHadNoEffect) {
  MakeUnknown();
  const std::pair<absl::StatusCode, const char*> refusals[] = {
      {absl::StatusCode::kPermissionDenied, "WEBEX_FORBIDDEN"},
      {absl::StatusCode::kAlreadyExists, "WEBEX_CONFLICT"},  // of a number, say
      {absl::StatusCode::kResourceExhausted, "WEBEX_RATE_LIMITED"},
      {absl::StatusCode::kUnavailable, "WEBEX_UNREACHABLE"},
      {absl::StatusCode::kDeadlineExceeded, "DEADLINE_BEFORE_SENT"},
  };
  for (const auto& [code, reason] : refusals) {
    auto again = Order(Repeat(kId));
    End(webex_.orders.size() - 1, Refusal(code, reason));
    const absl::Status& error = again->answer.status();
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(Word(error), absl::StrCat(reason, " unknown"));
    EXPECT_EQ(error.message(),
              "as Webex says (this call had no effect; an earlier one under its request id may have had one)");
    EXPECT_EQ(RetryDelayOf(error), absl::Seconds(1)) << "the caller wants it sent once more";
    EXPECT_EQ(Recorded(kId).state, OperationState::kUnknown);
    EXPECT_EQ(Recorded(kId).ending.error_reason, "WEBEX_INTERNAL") << "of the call that may have had an effect";
    EXPECT_EQ(Recorded(kId).ending.tracking_id, "T9");
  }
  EXPECT_EQ(webex_.orders.size(), 1 + std::size(refusals));
}

TEST_F(OnceMoreTest, LeavesItUnknownWhereItIsUnknownOnceMore) {
  MakeUnknown();
  auto again = Order(Repeat(kId));
  End(1, Failure(Outcome::kUnknown));
  EXPECT_EQ(Word(again->answer.status()), "WEBEX_INTERNAL unknown");
  EXPECT_EQ(again->answer.status().message(), "as Webex says");
  EXPECT_EQ(Recorded(kId).state, OperationState::kUnknown);
}

TEST_F(OnceMoreTest, HoldsBackOtherOrdersOfTheUserWhileItIsUnknown) {
  MakeUnknown();
  auto other = Order(Repeat(kOtherId));
  EXPECT_EQ(Word(other->answer.status()), "OUTCOME_UNKNOWN not_applied");
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(OnceMoreTest, IsNotSentAgainByACallThatHasWaitedForAnother) {
  MakeUnknown();
  auto again = Order(Repeat(kId));
  auto waiting = Order(Repeat(kId));
  End(1, Failure(Outcome::kUnknown));
  EXPECT_EQ(Word(waiting->answer.status()), "OUTCOME_UNKNOWN unknown");
  EXPECT_EQ(webex_.orders.size(), 2u);
}

TEST_F(OnceMoreTest, GivesACallThatHasWaitedWhatTheOtherGot) {
  MakeUnknown();
  auto again = Order(Repeat(kId));
  auto waiting = Order(Repeat(kId));
  End(1, Refusal(absl::StatusCode::kAlreadyExists, "WEBEX_ALREADY_EXISTS"));
  ASSERT_TRUE(waiting->answer.ok());
  EXPECT_EQ(*waiting->answer, *again->answer);
}

TEST_F(OnceMoreTest, IsNotSentWhileTheGatewayThatClaimedItMayStillSendIt) {
  Order(kId);
  ledger_.records->at(kId).operation.state = OperationState::kUnknown;  // that gateway counts as dead
  auto early = Order(Repeat(kId));
  EXPECT_EQ(early->answer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Word(early->answer.status()), "OPERATION_MAY_STILL_BE_SENT unknown");
  EXPECT_EQ(MetadataOf(early->answer.status(), "gateway"), "host/fake");
  EXPECT_NE(MetadataOf(early->answer.status(), "sends_until"), "");
  EXPECT_EQ(webex_.orders.size(), 1u);
  clock_.Advance(absl::Seconds(5));
  Order(Repeat(kId));
  EXPECT_EQ(webex_.orders.size(), 2u);
}

TEST_F(OnceMoreTest, ReportsTheOrderAsUnknownAfterAStop) {
  MakeUnknown();
  orders_.RefuseOrders();
  const absl::Status status = Order(Repeat(kId))->answer.status();
  EXPECT_EQ(Word(status), "GATEWAY_STOPPING unknown");
  EXPECT_EQ(ErrorIn(status)->retry_after, absl::Seconds(1));  // at the gateway that replaces it
  EXPECT_EQ(Recorded(kId).state, OperationState::kUnknown);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(OnceMoreTest, IsNotSentAgainByALibrarysRetryWithoutAnId) {
  MakeUnknown(kOtherId);
  auto again = Retry(Repeat(""));
  EXPECT_EQ(Word(again->answer.status()), "OUTCOME_UNKNOWN unknown");
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(OnceMoreTest, IsOnRecordAsUnknownWhereItsDeadlineCameBeforeItWasSent) {
  MakeUnknown();
  ledger_.HoldBack();
  auto again = Order(Repeat(kId));
  clock_.Advance(absl::Seconds(6));
  ledger_.LetGo();
  clock_.RunLoop();
  EXPECT_EQ(ReasonOf(again->answer.status()), "DEADLINE_BEFORE_SENT");
  EXPECT_EQ(webex_.orders.size(), 1u);
  EXPECT_EQ(Recorded(kId).state, OperationState::kUnknown);
  EXPECT_EQ(Recorded(kId).ending.error_reason, "WEBEX_INTERNAL");
}

TEST_F(OnceMoreTest, GetsTheWorkspaceThatTheFirstCallHadAfterAll) {
  Order(kId);
  ledger_.records->at(kId).operation.state = OperationState::kUnknown;
  clock_.Advance(absl::Seconds(5));
  auto again = Order(Repeat(kId));
  End(0, ExampleResult("first"));
  End(1, Refusal(absl::StatusCode::kAlreadyExists, "WEBEX_ALREADY_EXISTS"));
  ASSERT_TRUE(again->answer.ok());
  EXPECT_EQ(WorkspaceIn(*again->answer).id(), "first");
  EXPECT_EQ(Recorded(kId).workspace_id, "first");
  EXPECT_EQ(contradictions_.ids.size(), 0u);
}

TEST_F(OnceMoreTest, RefusesAWordThatItDoesNotKnow) {
  ProvisionWorkspaceRequest order = OrderOf(kId);
  order.set_if_unknown(static_cast<ProvisionWorkspaceRequest::IfUnknown>(7));
  auto refused = Order(order);
  EXPECT_EQ(Word(refused->answer.status()), "INVALID_REQUEST unchanged");
  EXPECT_EQ(refused->answer.status().message(), "the request is invalid: ifUnknown is neither HOLD nor REPEAT");
}

}  // namespace
}  // namespace webex_gateway
