// What updates and removals have that orders of workspaces have not: they may be repeated, and need nobody.
#include <gtest/gtest.h>

#include "tests/server/orders/fixture.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::RemoveWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;

class MethodsOfOrdersTest : public OrdersTest {
 protected:
  template <typename Request>
  Started<OrderResult> Take(const Request& request) {
    Started<OrderResult> started{
        loop_, orders_.Take(MethodOf(request), Owned(request),
                            {.deadline = Later(clock_.Now(), absl::Seconds(5)), .gone = gone_.get_token()})};
    clock_.RunLoop();
    return started;
  }

  static UpdateWorkspaceRequest Update(const std::string& id) {
    UpdateWorkspaceRequest update;
    update.set_workspace_id("w");
    update.set_extension("7");
    update.set_request_id(id);
    return update;
  }

  static RemoveWorkspaceRequest Remove(const std::string& id) {
    RemoveWorkspaceRequest remove;
    remove.set_workspace_id("w");
    remove.set_request_id(id);
    return remove;
  }

  // Reason and outcome, as "REASON outcome".
  static std::string Word(const absl::Status& status) { return ReasonOf(status) + " " + OutcomeOf(status); }

  std::stop_source gone_;
};

TEST_F(MethodsOfOrdersTest, PutsOnRecordWhatIsDoneToWhichWorkspace) {
  Take(Update(kId));
  EXPECT_EQ(&webex_.orders[0]->method, MethodNamed("UpdateWorkspace"));
  EXPECT_EQ(webex_.orders[0]->request, Update(kId).SerializeAsString());
  EXPECT_EQ(Recorded(kId).method, "UpdateWorkspace");
  EXPECT_EQ(Recorded(kId).workspace_id, "w");
  EXPECT_TRUE(Recorded(kId).repeatable);
}

TEST_F(MethodsOfOrdersTest, ReplaysARemovalUnderItsId) {
  auto first = Take(Remove(kId));
  End(0, WebexResult{"", "w", "T1"});
  ASSERT_TRUE(first->answer.ok());
  auto again = Take(Remove(kId));
  ASSERT_TRUE(again->answer.ok());
  EXPECT_EQ(*again->answer, "");
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->tracking_id, "T1");
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(MethodsOfOrdersTest, RefusesAnIdThatWasUsedForOtherContentOrAnotherMethod) {
  Take(Update(kId));
  UpdateWorkspaceRequest other = Update(kId);
  other.set_extension("8");
  EXPECT_EQ(Word(Take(other)->answer.status()), "REQUEST_ID_REUSED not_applied");
  EXPECT_EQ(Word(Take(Remove(kId))->answer.status()), "REQUEST_ID_REUSED not_applied");
  EXPECT_EQ(Word(Order(kId)->answer.status()), "REQUEST_ID_REUSED not_applied");
}

TEST_F(MethodsOfOrdersTest, LetsOneAtATimeReachAWorkspace) {
  Take(Update(kId));
  auto second = Take(Remove(kOtherId));
  EXPECT_EQ(second->answer.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Word(second->answer.status()), "OPERATION_IN_PROGRESS not_applied");
  EXPECT_EQ(second->answer.status().message(), "another order for the same workspace is under way");
  EXPECT_EQ(RetryDelayOf(second->answer.status()), absl::Seconds(1));
  End(0, ExampleResult("w"));
  Take(Remove(kOtherId));
  EXPECT_EQ(webex_.orders.size(), 2u);
}

TEST_F(MethodsOfOrdersTest, SendsAnUnknownOneAgainUnderItsId) {
  auto first = Take(Update(kId));
  End(0, Failure(Outcome::kUnknown));
  EXPECT_EQ(OutcomeOf(first->answer.status()), "unknown");
  EXPECT_EQ(Recorded(kId).state, OperationState::kUnknown);
  auto again = Take(Update(kId));
  ASSERT_EQ(webex_.orders.size(), 2u);
  EXPECT_TRUE(webex_.orders[1]->call.maybe_acted);
  End(1, ExampleResult("w"));
  EXPECT_TRUE(again->answer.ok());
  EXPECT_EQ(Recorded(kId).state, OperationState::kSucceeded);
}

TEST_F(MethodsOfOrdersTest, HoldsNothingBackForAnUnknownOne) {
  Take(Update(kId));
  End(0, Failure(Outcome::kUnknown));
  Take(Remove(kOtherId));
  EXPECT_EQ(webex_.orders.size(), 2u);
  EXPECT_FALSE(webex_.orders[1]->call.maybe_acted);
}

TEST_F(MethodsOfOrdersTest, NeverSaysNotAppliedOfAnOrderWhoseEarlierRunMayHaveActed) {
  Take(Update(kId));
  End(0, Failure(Outcome::kUnknown));

  // Another one is under way.
  Take(Remove(kOtherId));
  EXPECT_EQ(Word(Take(Update(kId))->answer.status()), "OPERATION_IN_PROGRESS unknown");
  End(1, WebexResult{"", "w", ""});

  // The caller has gone before the claim was answered.
  ledger_.HoldBack();
  auto late = Take(Update(kId));
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Word(late->answer.status()), "DEADLINE_BEFORE_SENT unchanged") << "the ledger has not said anything";
  ledger_.LetGo();
  clock_.RunLoop();
  EXPECT_EQ(webex_.orders.size(), 2u);
  EXPECT_EQ(Recorded(kId).state, OperationState::kUnknown) << "though nothing was sent this time";

  // The gateway stops.
  orders_.RefuseOrders();
  EXPECT_EQ(Word(Take(Update(kId))->answer.status()), "GATEWAY_STOPPING unknown");
  EXPECT_EQ(Recorded(kId).state, OperationState::kUnknown);
}

// Another gateway took the order over, and does not know what became of it either.
TEST_F(MethodsOfOrdersTest, NeverSaysNotAppliedOfAnOrderThatOthersWentOnWith) {
  auto first = Take(Update(kId));
  FakeLedger::Record& record = ledger_.records->at(kId);
  record.operation.claim = 2;
  record.operation.state = record.operation.ending.state = OperationState::kUnknown;
  End(0, Failure(Outcome::kNotApplied));
  EXPECT_EQ(Word(first->answer.status()), "WEBEX_NOT_FOUND unknown");
}

TEST_F(MethodsOfOrdersTest, RecordsASuccessThatComesWhileOthersGoOnWithTheOrder) {
  auto first = Take(Update(kId));
  ledger_.records->at(kId).operation.claim = 2;
  End(0, ExampleResult("w"));
  EXPECT_TRUE(first->answer.ok());
  EXPECT_EQ(Recorded(kId).state, OperationState::kSucceeded);
  EXPECT_EQ(contradictions_.ids.size(), 0u);
}

TEST_F(MethodsOfOrdersTest, NamesTheFaultsOfARequest) {
  UpdateWorkspaceRequest update;
  update.set_workspace_id(std::string(257, 'w'));
  auto result = Take(update);
  EXPECT_EQ(ReasonOf(result->answer.status()), "INVALID_REQUEST");
  EXPECT_EQ(FaultyFieldsOf(result->answer.status()), (std::vector<std::string>{"workspaceId", "userId"}));
  EXPECT_EQ(FaultyFieldsOf(Take(RemoveWorkspaceRequest())->answer.status()), (std::vector<std::string>{"workspaceId"}));
  update.set_workspace_id(std::string(256, 'w'));
  update.set_user_id("");
  Take(update);
  EXPECT_EQ(webex_.orders.size(), 1u) << "an empty text that is set is something to change";
}

TEST_F(MethodsOfOrdersTest, ChecksWithoutSending) {
  UpdateWorkspaceRequest update = Update(kId);
  update.set_validate_only(true);
  auto result = Take(update);
  ASSERT_TRUE(result->answer.ok());
  EXPECT_TRUE(result->validated_only);
  EXPECT_EQ(WorkspaceIn(*result->answer).ShortDebugString(), "id: \"w\" extension: \"7\"");
  RemoveWorkspaceRequest remove = Remove(kId);
  remove.set_validate_only(true);
  EXPECT_EQ(*Take(remove)->answer, "");
  EXPECT_TRUE(webex_.orders.empty());
  EXPECT_TRUE(ledger_.records->empty());
}

}  // namespace
}  // namespace webex_gateway
