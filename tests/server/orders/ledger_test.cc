// What the ledger makes of orders: sent once, answered from the record, never answered before it.
#include <gtest/gtest.h>

#include "tests/server/orders/fixture.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;

using LedgerRulesTest = OrdersTest;

TEST_F(LedgerRulesTest, SendsNothingBeforeTheOrderIsOnRecord) {
  ledger_.HoldBack();
  auto result = Order(kId);
  EXPECT_TRUE(webex_.orders.empty());
  ledger_.LetGo();
  clock_.RunLoop();
  EXPECT_EQ(webex_.orders.size(), 1u);
  EXPECT_EQ(Recorded(kId).state, OperationState::kInFlight);
}

TEST_F(LedgerRulesTest, AnswersNothingBeforeTheResultIsOnRecord) {
  for (const bool success : {true, false}) {
    const std::string id = success ? kId : kOtherId;
    auto result = Order(id);
    ledger_.HoldBack();
    success ? End(0, Made()) : End(1, Failure(Outcome::kNotApplied));
    EXPECT_FALSE(result.done());
    EXPECT_EQ(Recorded(id).state, OperationState::kInFlight);
    ledger_.LetGo();
    clock_.RunLoop();
    ASSERT_TRUE(result.done());
    EXPECT_EQ(result->answer.ok(), success);
  }
}

TEST_F(LedgerRulesTest, RecordsWhoOrderedAndHowManyAttemptsItTook) {
  Order(kId);
  EXPECT_EQ(Recorded(kId).caller, "billing");
  End(0, Failure(Outcome::kUnknown));
  EXPECT_EQ(Recorded(kId).caller, "billing");
  EXPECT_EQ(Recorded(kId).ending.attempts, 1);
}

TEST_F(LedgerRulesTest, RecordsTheResultWithWhatWebexSaid) {
  Order(kId);
  End(0, Made());
  EXPECT_EQ(Recorded(kId).state, OperationState::kSucceeded);
  EXPECT_EQ(Recorded(kId).ending.workspace_id, "i");
  EXPECT_EQ(Recorded(kId).ending.tracking_id, "T1");
  Order(kOtherId);
  End(1, Failure(Outcome::kNotApplied));
  EXPECT_EQ(Recorded(kOtherId).state, OperationState::kFailed);
  EXPECT_EQ(Recorded(kOtherId).ending.error_reason, "WEBEX_NOT_FOUND");
  EXPECT_EQ(Recorded(kOtherId).ending.tracking_id, "T9");
}

TEST_F(LedgerRulesTest, ReplaysASuccessWithoutAskingWebex) {
  auto first = Order(kId);
  End(0, Made());
  auto second = Order(kId);
  ASSERT_TRUE(second.done());
  EXPECT_EQ(WorkspaceIn(*second->answer).SerializeAsString(), WorkspaceIn(*first->answer).SerializeAsString());
  EXPECT_TRUE(second->replayed);
  EXPECT_FALSE(first->replayed);
  EXPECT_EQ(second->tracking_id, "T1");
  EXPECT_EQ(second->attempts, 0);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, TriesAFailedOrderAgainUnderTheSameId) {
  Order(kId);
  End(0, Failure(Outcome::kNotApplied));
  auto again = Order(kId);
  ASSERT_EQ(webex_.orders.size(), 2u);
  End(1, Made());
  ASSERT_TRUE(again.done());
  EXPECT_EQ(WorkspaceIn(*again->answer).id(), "i");
  EXPECT_FALSE(again->replayed);
  EXPECT_EQ(Recorded(kId).state, OperationState::kSucceeded);
}

TEST_F(LedgerRulesTest, RefusesAnIdThatWasUsedForAnotherOrder) {
  Order(kId);
  ProvisionWorkspaceRequest other = OrderOf(kId);
  other.set_display_name("Another Room");
  auto result = Order(other);
  ASSERT_TRUE(result.done());
  const absl::Status status = result->answer.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
  EXPECT_EQ(OutcomeOf(status), "not_applied");
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(status)->field_violations(0).field(), "requestId");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, GivesWhoAsksMeanwhileUnderTheSameIdTheSameAnswer) {
  auto first = Order(kId);
  auto second = Order(kId);
  auto third = Order(kId);
  EXPECT_FALSE(second.done());
  End(0, Made());
  for (auto* waited : {&second, &third}) {
    ASSERT_TRUE(waited->done());
    EXPECT_EQ(WorkspaceIn(*(*waited)->answer).id(), "i");
    EXPECT_TRUE((*waited)->replayed);
  }
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, SaysAtTheDeadlineThatTheSameOrderIsStillInProgress) {
  Order(kId);
  clock_.Advance(absl::Seconds(1));
  auto second = Order(kId);
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_FALSE(second.done());
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(second.done());
  const absl::Status status = second->answer.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(status), "OPERATION_IN_PROGRESS");
  EXPECT_EQ(OutcomeOf(status), "unknown");
  EXPECT_EQ(MetadataOf(status, "request_id"), kId);
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, TakesItsTurnWhereTheOrderThatItWaitedForFails) {
  auto first = Order(kId);
  auto second = Order(kId);
  End(0, Failure(Outcome::kNotApplied));
  EXPECT_FALSE(second.done());
  ASSERT_EQ(webex_.orders.size(), 2u);
  End(1, Made());
  ASSERT_TRUE(second.done());
  EXPECT_EQ(WorkspaceIn(*second->answer).id(), "i");
}

TEST_F(LedgerRulesTest, DoesNotTryAgainWhatMayHaveBeenApplied) {
  Order(kId);
  End(0, Failure(Outcome::kUnknown));
  auto again = Order(kId);
  ASSERT_TRUE(again.done());
  const absl::Status status = again->answer.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(OutcomeOf(status), "unknown");
  EXPECT_EQ(MetadataOf(status, "earlier_request_id"), kId);
  EXPECT_EQ(MetadataOf(status, "webex_tracking_id"), "T9");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, RefusesAnotherOrderForTheUserWhileOneIsUnderWay) {
  Order(kId);
  auto other = Order(kOtherId);
  ASSERT_TRUE(other.done());
  const absl::Status status = other->answer.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(status), "OPERATION_IN_PROGRESS");
  EXPECT_EQ(OutcomeOf(status), "not_applied");
  EXPECT_EQ(MetadataOf(status, "request_id"), kOtherId);
  EXPECT_EQ(MetadataOf(status, "earlier_request_id"), kId);
  EXPECT_EQ(RetryDelayOf(status), absl::Seconds(1));
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, RefusesAnotherOrderForTheUserWhileOnesFateIsUnknown) {
  Order(kId);
  End(0, Failure(Outcome::kUnknown));
  auto other = Order(kOtherId);
  ASSERT_TRUE(other.done());
  const absl::Status status = other->answer.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "OUTCOME_UNKNOWN");
  EXPECT_EQ(OutcomeOf(status), "not_applied");
  EXPECT_EQ(MetadataOf(status, "earlier_request_id"), kId);
  EXPECT_EQ(MetadataOf(status, "webex_tracking_id"), "(absent)");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, RecordsTheResultOfACallerWhoHasLeftForTheNextCall) {
  std::stop_source caller;
  auto left = Order(OrderOf(kId), caller.get_token());
  caller.request_stop();
  clock_.RunLoop();
  EXPECT_EQ(ReasonOf(left->answer.status()), "CANCELLED_AFTER_SENT");
  End(0, Made());
  EXPECT_EQ(Recorded(kId).state, OperationState::kSucceeded);
  EXPECT_TRUE(Order(kId)->replayed);
}

TEST_F(LedgerRulesTest, TouchesNothingForAnOrderThatIsNotOne) {
  ProvisionWorkspaceRequest order = OrderOf(kId);
  order.set_validate_only(true);
  EXPECT_TRUE(Order(order)->answer.ok());
  order.set_validate_only(false);
  order.clear_user_id();
  EXPECT_FALSE(Order(order)->answer.ok());
  EXPECT_EQ(ledger_.claims, 0);
  EXPECT_TRUE(ledger_.records->empty());
}

TEST_F(LedgerRulesTest, SendsNothingThatCannotBeRecorded) {
  ledger_.unavailable = true;
  auto result = Order(kId);
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(result->answer.status()), "LEDGER_UNAVAILABLE");
  EXPECT_EQ(MetadataOf(result->answer.status(), "request_id"), kId);
  EXPECT_TRUE(webex_.orders.empty());
  ledger_.unavailable = false;
  Order(kId);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(LedgerRulesTest, AnswersAtTheDeadlineThoughTheLedgerDoesNot) {
  ledger_.HoldBack();
  auto result = Order(kId);
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->answer.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(result->answer.status()), "DEADLINE_BEFORE_SENT");
  EXPECT_EQ(OutcomeOf(result->answer.status()), "unchanged");
  // And keeps to it when the ledger answers after all.
  ledger_.LetGo();
  clock_.RunLoop();
  EXPECT_TRUE(webex_.orders.empty());
  EXPECT_EQ(Recorded(kId).state, OperationState::kFailed);
}

TEST_F(LedgerRulesTest, SaysAtTheDeadlineThatNothingWasSentThoughTheLedgerDoesNotAnswer) {
  webex_.leaves_at_once = false;
  auto result = Order(kId);
  ledger_.HoldBack();
  clock_.Advance(absl::Seconds(5));
  EXPECT_FALSE(result.done());
  End(0, Failure(Outcome::kNotApplied));
  ASSERT_TRUE(result.done());
  EXPECT_EQ(OutcomeOf(result->answer.status()), "not_applied");
  EXPECT_EQ(ledger_.completions, 1);
}

TEST_F(LedgerRulesTest, TriesToRecordASuccessUntilItIsOnRecord) {
  auto result = Order(kId);
  ledger_.unavailable = true;
  End(0, Made());
  clock_.Advance(absl::Seconds(3));
  EXPECT_FALSE(result.done());
  EXPECT_GT(ledger_.completions, 3);
  ledger_.unavailable = false;
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(result.done());
  EXPECT_EQ(WorkspaceIn(*result->answer).id(), "i");
}

TEST_F(LedgerRulesTest, NeitherReportsNorDeniesASuccessThatIsNotOnRecord) {
  auto result = Order(kId);
  ledger_.unavailable = true;
  End(0, Made());
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->answer.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(result->answer.status()), "DEADLINE_AFTER_SENT");
  EXPECT_EQ(OutcomeOf(result->answer.status()), "unknown");
  // It is not given up: the next call gets it.
  bool idle = false;
  orders_.WhenIdle([&idle] { idle = true; });
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(idle);
  ledger_.unavailable = false;
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(idle);
  EXPECT_TRUE(Order(kId)->replayed);
}

TEST_F(LedgerRulesTest, ReportsAFailureAtTheDeadlineThoughItCannotBeRecorded) {
  auto result = Order(kId);
  ledger_.unavailable = true;
  End(0, Failure(Outcome::kNotApplied));
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_FALSE(result.done());
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(result.done());
  EXPECT_EQ(ReasonOf(result->answer.status()), "WEBEX_NOT_FOUND");
  EXPECT_EQ(Recorded(kId).state, OperationState::kInFlight);
}

TEST_F(LedgerRulesTest, SendsEveryOrderWhereThereIsNoLedger) {
  const std::unique_ptr<Ledger> none = CreateNoLedger();
  Orders orders(loop_, clock_, *none, webex_, contradictions_, [] { return std::string(kOtherId); });
  for (int i = 0; i < 2; ++i) {
    Started<OrderResult> result{
        loop_, orders.Take(MethodOf(ExampleOrder()), Owned(OrderOf(kId)), {Later(clock_.Now(), absl::Seconds(5)), {}})};
    clock_.RunLoop();
    ASSERT_EQ(webex_.orders.size(), i + 1u);
    End(i, Made());
    EXPECT_EQ(WorkspaceIn(*result->answer).id(), "i");
    EXPECT_FALSE(result->replayed);
  }
}

TEST_F(LedgerRulesTest, DoesNotAdviseToRepeatAnIdWhereThereIsNoLedger) {
  const auto message_at_the_deadline = [this](Ledger& ledger) {
    Orders orders(loop_, clock_, ledger, webex_, contradictions_, [] { return std::string(kOtherId); });
    Started<OrderResult> result{
        loop_, orders.Take(MethodOf(ExampleOrder()), Owned(OrderOf(kId)), {Later(clock_.Now(), absl::Seconds(5)), {}})};
    clock_.Advance(absl::Seconds(5));
    EXPECT_EQ(ReasonOf(result->answer.status()), "DEADLINE_AFTER_SENT");
    End(static_cast<int>(webex_.orders.size()) - 1, Made());
    return std::string(result->answer.status().message());
  };
  EXPECT_EQ(message_at_the_deadline(*CreateNoLedger()),
            "the deadline passed after the order had been sent and before its result was known; no ledger is kept, so "
            "look for it in Webex before you order it again");
  EXPECT_EQ(message_at_the_deadline(ledger_),
            "the deadline passed after the order had been sent and before its result was on record; repeat it with its "
            "request id");
}

}  // namespace
}  // namespace webex_gateway
