// The outcome that an error states is the order's, as far as the gateway can know, and never a word too many: "order
// again freely" of an order that was applied makes two workspaces.
#include <gtest/gtest.h>

#include "tests/server/orders/fixture.h"

namespace webex_gateway {
namespace {

using OutcomeTest = OrdersTest;

// Reason and outcome, as "REASON outcome".
std::string Word(const absl::Status& status) { return ReasonOf(status) + " " + OutcomeOf(status); }

TEST_F(OutcomeTest, IsUnchangedWhereTheLedgerCannotBeAskedAboutACallersOwnId) {
  Order(kId);
  End(0, Made());
  ledger_.unavailable = true;
  auto again = Order(kId);
  EXPECT_EQ(Word(again->answer.status()), "LEDGER_UNAVAILABLE unchanged");
  EXPECT_EQ(RetryDelayOf(again->answer.status()), absl::Seconds(1));
  EXPECT_EQ(Word(Order("")->answer.status()), "LEDGER_UNAVAILABLE not_applied");
}

TEST_F(OutcomeTest, IsUnchangedWhereTheLedgerDoesNotAnswerInTime) {
  for (const bool has_id : {true, false}) {
    ledger_.HoldBack();
    auto result = Order(has_id ? kId : "");
    clock_.Advance(absl::Seconds(5));
    EXPECT_EQ(Word(result->answer.status()),
              has_id ? "DEADLINE_BEFORE_SENT unchanged" : "DEADLINE_BEFORE_SENT not_applied");
    ledger_.LetGo();
    clock_.RunLoop();
  }
}

TEST_F(OutcomeTest, IsUnchangedForAMessageThatSaysNothingOfItsOrder) {
  EXPECT_EQ(Word(orders_.Refuse({{"", "is no order"}}).answer.status()), "INVALID_REQUEST unchanged");
  ProvisionWorkspaceRequest order = OrderOf(kId);
  order.clear_user_id();
  EXPECT_EQ(Word(Order(order)->answer.status()), "INVALID_REQUEST unchanged");
  order.clear_request_id();
  EXPECT_EQ(Word(Order(order)->answer.status()), "INVALID_REQUEST not_applied");
  order.set_request_id("no UUID");
  EXPECT_EQ(Word(Order(order)->answer.status()), "INVALID_REQUEST not_applied");
}

TEST_F(OutcomeTest, IsNotAppliedAfterAClaimOfItsOwn) {
  auto result = Order(kId);
  End(0, Failure(Outcome::kNotApplied));
  EXPECT_EQ(Word(result->answer.status()), "WEBEX_NOT_FOUND not_applied");
}

// The call that was under way ends just before this one's deadline, and the ledger does not answer again in time.
TEST_F(OutcomeTest, StaysUnknownOnceTheOrderWasSeenInProgress) {
  Order(kId);
  auto second = Order(kId);
  ledger_.HoldBack();
  End(0, Failure(Outcome::kNotApplied));
  ledger_.LetGo();  // what has been asked by now
  ledger_.HoldBack();
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(second.done());
  EXPECT_EQ(Recorded(kId).state, OperationState::kFailed);
  EXPECT_EQ(Word(second->answer.status()), "DEADLINE_AFTER_SENT unknown");
}

// ---- While the gateway stops.

TEST_F(OutcomeTest, AnswersFromTheRecordWhileStopping) {
  Order(kId);
  End(0, Made());
  orders_.RefuseOrders();
  auto replayed = Order(kId);
  ASSERT_TRUE(replayed->answer.ok()) << replayed->answer.status();
  EXPECT_TRUE(replayed->replayed);
  EXPECT_EQ(WorkspaceIn(*replayed->answer).id(), "i");
}

TEST_F(OutcomeTest, SaysWhileStoppingThatAnOrderIsInProgressOrUnknown) {
  Order(kId);
  orders_.RefuseOrders();
  EXPECT_EQ(Word(Order(kId)->answer.status()), "OPERATION_IN_PROGRESS unknown");
  End(0, Failure(Outcome::kUnknown));
  EXPECT_EQ(Word(Order(kId)->answer.status()), "OUTCOME_UNKNOWN unknown");
}

TEST_F(OutcomeTest, RefusesWhileStoppingWhatWouldHaveToBeSent) {
  Order(kId);
  End(0, Failure(Outcome::kNotApplied));
  orders_.RefuseOrders();
  for (const char* const id : {kId, kOtherId}) {
    auto refused = Order(id);
    EXPECT_EQ(Word(refused->answer.status()), "GATEWAY_STOPPING not_applied");
    EXPECT_EQ(RetryDelayOf(refused->answer.status()), absl::Seconds(1));
  }
  EXPECT_EQ(webex_.orders.size(), 1u);
  EXPECT_EQ(Recorded(kId).state, OperationState::kFailed);
  EXPECT_FALSE(ledger_.records->contains(kOtherId));
}

TEST_F(OutcomeTest, ClaimsToKnowNothingWhileStoppingWithoutALedger) {
  orders_.RefuseOrders();
  ledger_.unavailable = true;
  EXPECT_EQ(Word(Order(kId)->answer.status()), "LEDGER_UNAVAILABLE unchanged");
}

TEST_F(OutcomeTest, ValidatesWhileStopping) {
  orders_.RefuseOrders();
  ProvisionWorkspaceRequest order = OrderOf(kId);
  order.set_validate_only(true);
  EXPECT_TRUE(Order(order)->validated_only);
}

// ---- A client library's own retry.

TEST_F(OutcomeTest, IsUnknownForARetryThatBearsNoRequestId) {
  auto refused = Retry(ExampleOrder());
  End(0, Failure(Outcome::kNotApplied));  // it exists already: by the first attempt of the call?
  EXPECT_EQ(Word(refused->answer.status()), "WEBEX_NOT_FOUND unknown");
  EXPECT_EQ(Recorded(kOtherId).state, OperationState::kFailed);
  ledger_.unavailable = true;
  EXPECT_EQ(Word(Retry(ExampleOrder())->answer.status()), "LEDGER_UNAVAILABLE unknown");
  EXPECT_EQ(RetryDelayOf(Retry(ExampleOrder())->answer.status()), std::nullopt);
}

TEST_F(OutcomeTest, IsAsEverForARetryUnderItsRequestId) {
  auto refused = Retry(OrderOf(kId));
  End(0, Failure(Outcome::kNotApplied));
  EXPECT_EQ(Word(refused->answer.status()), "WEBEX_NOT_FOUND not_applied");
}

// ---- The right to send.

TEST_F(OutcomeTest, TakesTheLeaseOfItsClaimToTheWireAndTheDeadlineOnRecord) {
  ledger_.lease = std::make_shared<Lease>(Lease{Clock::Time::max()});
  Order(kId);
  EXPECT_EQ(webex_.orders[0]->call.lease, ledger_.lease);
  EXPECT_EQ(Recorded(kId).sends_until, clock_.WallNow() + absl::Seconds(5));
}

TEST_F(OutcomeTest, DeniesNothingAtTheDeadlineThatOthersMayHaveTakenOver) {
  ledger_.lease = std::make_shared<Lease>(Lease{Later(clock_.Now(), absl::Seconds(3))});
  auto result = Order(kId);
  ledger_.unavailable = true;
  End(0, Failure(Outcome::kNotApplied));
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(result.done());
  EXPECT_EQ(Word(result->answer.status()), "DEADLINE_AFTER_SENT unknown");
}

// ---- Others went on with the order.

class SupersededTest : public OrdersTest {
 protected:
  // The gateway was taken for dead, and someone resolved the order; it is Webex's turn here still.
  void Resolve(bool applied) {
    Operation& operation = ledger_.records->at(kId).operation;
    operation.state = OperationState::kUnknown;
    Resolution resolution{.request_id = kId, .answer = {}, .by = "ops", .note = "", .gateway_is_gone = true};
    if (applied) resolution.answer = ExampleResult("seen").answer;
    if (applied) resolution.workspace_id = "seen";
    operation = webex_gateway::Resolve(operation, resolution, clock_.WallNow()).operation;
  }
};

TEST_F(SupersededTest, ReportsASuccessAgainstSomeonesWordAndAnswersWithIt) {
  auto result = Order(kId);
  Resolve(/*applied=*/false);
  End(0, Made());
  ASSERT_TRUE(result->answer.ok());
  EXPECT_EQ(contradictions_.ids, std::vector<std::string>{kId});
  EXPECT_EQ(Recorded(kId).state, OperationState::kSucceeded);
  EXPECT_EQ(Recorded(kId).resolved_by, "ops");
}

TEST_F(SupersededTest, AnswersAFailureWithWhatIsOnRecordBySomeonesWord) {
  auto result = Order(kId);
  Resolve(/*applied=*/true);
  End(0, Failure(Outcome::kNotApplied));
  ASSERT_TRUE(result->answer.ok()) << result->answer.status();
  EXPECT_EQ(WorkspaceIn(*result->answer).id(), "seen");
  EXPECT_TRUE(result->replayed);
  EXPECT_TRUE(contradictions_.ids.empty());
}

TEST_F(SupersededTest, AnswersAFailureWithAnotherClaimThatIsUnderWay) {
  auto first = Order(kId);
  Resolve(/*applied=*/false);
  auto second = Order(kId);
  ASSERT_EQ(webex_.orders.size(), 2u);
  End(0, Failure(Outcome::kNotApplied));
  EXPECT_EQ(Word(first->answer.status()), "OPERATION_IN_PROGRESS unknown");
  End(1, Made());
  EXPECT_TRUE(second->answer.ok());
}

TEST_F(SupersededTest, KeepsBothWorkspacesOfAnOrderThatWasSentTwice) {
  auto first = Order(kId);
  Resolve(/*applied=*/false);
  auto second = Order(kId);
  End(1, ExampleResult("j"));
  End(0, Made());
  EXPECT_EQ(WorkspaceIn(*second->answer).id(), "j");
  EXPECT_EQ(contradictions_.ids, std::vector<std::string>{kId});
  EXPECT_EQ(Recorded(kId).ending.workspace_id, "j");
  EXPECT_EQ(Recorded(kId).other_workspace_ids, std::vector<std::string>{"i"});
}

}  // namespace
}  // namespace webex_gateway
