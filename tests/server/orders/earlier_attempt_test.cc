// A call that a gRPC client's library makes again, without a request id: the same order where that is certain.
#include <gtest/gtest.h>

#include "tests/server/orders/fixture.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::RemoveWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;

// The earlier attempt has kId; an order of its own would get kOtherId.
class EarlierAttemptTest : public OrdersTest {
 protected:
  static constexpr char kThirdId[] = "33333333-2222-4333-8444-555555555555";

  template <typename Request>
  Started<OrderResult> Take(Request request, const std::string& id, const std::string& caller) {
    request.set_request_id(id);
    Started<OrderResult> started{
        loop_, orders_.Take(MethodOf(request), Owned(request), {Later(clock_.Now(), absl::Seconds(5)), {}, caller})};
    clock_.RunLoop();
    return started;
  }
  template <typename Request>
  Started<OrderResult> First(const Request& request) {
    return Take(request, kId, "billing");
  }

  static UpdateWorkspaceRequest Update(const std::string& extension = "7") {
    UpdateWorkspaceRequest update;
    update.set_workspace_id("w");
    update.set_extension(extension);
    return update;
  }
  static RemoveWorkspaceRequest Remove() {
    RemoveWorkspaceRequest remove;
    remove.set_workspace_id("w");
    return remove;
  }

  static std::string Word(const absl::Status& status) { return ReasonOf(status) + " " + OutcomeOf(status); }
};

TEST_F(EarlierAttemptTest, ThatSucceededAnswersTheRetry) {
  First(ExampleOrder());
  End(0, Made());
  auto again = Retry(ExampleOrder());
  ASSERT_TRUE(again->answer.ok()) << again->answer.status();
  EXPECT_EQ(WorkspaceIn(*again->answer).id(), "i");
  EXPECT_EQ(again->request_id, kId);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(EarlierAttemptTest, ThatIsUnderWayIsWaitedFor) {
  First(ExampleOrder());
  auto again = Retry(ExampleOrder());
  EXPECT_FALSE(again.done());
  End(0, Made());
  ASSERT_TRUE(again.done());
  EXPECT_TRUE(again->answer.ok()) << again->answer.status();
  EXPECT_EQ(again->request_id, kId);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(EarlierAttemptTest, ThatIsUnderWayAtTheDeadlineLeavesTheRetryUnknown) {
  First(ExampleOrder());
  auto again = Retry(ExampleOrder());
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(again.done());
  EXPECT_EQ(Word(again->answer.status()), "OPERATION_IN_PROGRESS unknown");
  EXPECT_EQ(again->request_id, kId);
}

TEST_F(EarlierAttemptTest, ThatIsUnknownIsNotSentAgain) {
  First(ExampleOrder());
  End(0, Failure(Outcome::kUnknown));
  auto again = Retry(ExampleOrder());
  EXPECT_EQ(Word(again->answer.status()), "OUTCOME_UNKNOWN unknown");
  EXPECT_EQ(again->request_id, kId);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(EarlierAttemptTest, ThatIsRecordedAfterTheSearchIsStillFound) {
  ledger_.HoldBack();
  auto first = First(ExampleOrder());
  auto again = Retry(ExampleOrder());
  ledger_.LetGo();
  clock_.RunLoop();
  End(0, Made());
  ASSERT_TRUE(again.done());
  EXPECT_TRUE(again->answer.ok()) << again->answer.status();
  EXPECT_EQ(again->request_id, kId);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(EarlierAttemptTest, ThatFailedHasLeftNothingSoTheRetryIsSent) {
  First(ExampleOrder());
  End(0, Failure(Outcome::kNotApplied));
  auto again = Retry(ExampleOrder());
  ASSERT_EQ(webex_.orders.size(), 2u);
  End(1, Failure(Outcome::kNotApplied));
  EXPECT_EQ(Word(again->answer.status()), "WEBEX_NOT_FOUND unknown");  // another gateway may have had an attempt, too
  EXPECT_EQ(again->request_id, kOtherId);
}

TEST_F(EarlierAttemptTest, IsNoneOfAnotherCallers) {
  for (const char* const caller : {"other", ""}) {
    First(ExampleOrder());
    End(webex_.orders.size() - 1, Made());
    const size_t before = webex_.orders.size();
    auto again = Retry(ExampleOrder(), caller);
    ASSERT_EQ(webex_.orders.size(), before + 1);
    End(before, Made());
    EXPECT_EQ(again->request_id, kOtherId);
    ledger_.records->clear();
  }
}

TEST_F(EarlierAttemptTest, IsNoneOfAnotherCallersThatIsUnderWay) {
  First(ExampleOrder());
  auto again = Retry(ExampleOrder(), "other");
  ASSERT_TRUE(again.done());
  EXPECT_EQ(Word(again->answer.status()), "OPERATION_IN_PROGRESS unknown");
  EXPECT_EQ(again->request_id, kOtherId);
}

TEST_F(EarlierAttemptTest, IsNoneThatAsksForSomethingElse) {
  First(ExampleOrder());
  End(0, Made());
  ProvisionWorkspaceRequest other = ExampleOrder();
  other.set_display_name("Another Room");
  Retry(other);
  EXPECT_EQ(webex_.orders.size(), 2u);
}

TEST_F(EarlierAttemptTest, IsNoneThatEndedLongAgo) {
  First(ExampleOrder());
  End(0, Made());
  clock_.Advance(absl::Seconds(61));
  Retry(ExampleOrder());
  EXPECT_EQ(webex_.orders.size(), 2u);
}

TEST_F(EarlierAttemptTest, IsNoneWhoseWorkspaceWasRemovedSince) {
  First(ExampleOrder());
  End(0, ExampleResult("w"));
  Take(Remove(), kThirdId, "operator");
  End(1, WebexResult{"", "w", "T1"});
  Retry(ExampleOrder());
  EXPECT_EQ(webex_.orders.size(), 3u);
}

TEST_F(EarlierAttemptTest, OfARemovalAnswersTheRetry) {
  First(Remove());
  End(0, WebexResult{"", "w", "T1"});
  auto again = Retry(Remove());
  ASSERT_TRUE(again->answer.ok()) << again->answer.status();
  EXPECT_EQ(again->request_id, kId);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(EarlierAttemptTest, OfARemovalThatMayHaveActedIsSentAgainUnderItsId) {
  First(Remove());
  End(0, Failure(Outcome::kUnknown));
  auto again = Retry(Remove());
  ASSERT_EQ(webex_.orders.size(), 2u);
  EXPECT_TRUE(webex_.orders[1]->call.maybe_acted);  // so that a 404 says that it has worked
  End(1, WebexResult{"", "w", "T1"});
  EXPECT_TRUE(again->answer.ok()) << again->answer.status();
  EXPECT_EQ(again->request_id, kId);
}

TEST_F(EarlierAttemptTest, IsNoneWhereAnotherOrderHasComeBetween) {
  First(Update());
  End(0, ExampleResult("w"));
  Take(Update("8"), kThirdId, "billing");
  End(1, ExampleResult("w"));
  Retry(Update());
  EXPECT_EQ(webex_.orders.size(), 3u);
}

// An id that failed keeps its place in the ledger when it is ordered again.
TEST_F(EarlierAttemptTest, OfAnUpdateIsNoneThatAnOlderIdHasUndone) {
  First(Update("1"));
  End(0, Failure(Outcome::kNotApplied));
  Take(Update("2"), kThirdId, "billing");
  End(1, ExampleResult("w"));
  First(Update("1"));
  End(2, ExampleResult("w"));
  auto last = Retry(Update("2"));
  ASSERT_EQ(webex_.orders.size(), 4u);
  End(3, ExampleResult("w"));
  EXPECT_FALSE(last->replayed);
  EXPECT_EQ(last->request_id, kOtherId);
}

TEST_F(EarlierAttemptTest, IsNoneWhereAnOlderIdHasEndedSince) {
  First(ExampleOrder());
  End(0, Failure(Outcome::kNotApplied));
  ProvisionWorkspaceRequest other = ExampleOrder();
  other.set_display_name("Another Room");
  Take(other, kThirdId, "billing");
  End(1, ExampleResult("w"));
  clock_.Advance(absl::Seconds(1));
  First(ExampleOrder());
  End(2, ExampleResult("v"));
  Retry(other);
  EXPECT_EQ(webex_.orders.size(), 4u);
}

TEST_F(EarlierAttemptTest, OfAnUpdateThatSucceededIsSentAgain) {
  First(Update());
  End(0, ExampleResult("w"));
  auto again = Retry(Update());
  ASSERT_EQ(webex_.orders.size(), 2u);
  End(1, ExampleResult("w"));
  EXPECT_FALSE(again->replayed);
  EXPECT_EQ(again->request_id, kOtherId);
}

TEST_F(EarlierAttemptTest, OfAnUpdateThatIsUnderWayIsWaitedFor) {
  First(Update());
  auto again = Retry(Update());
  End(0, ExampleResult("w"));
  ASSERT_TRUE(again.done());
  EXPECT_EQ(again->request_id, kId);
  EXPECT_EQ(webex_.orders.size(), 1u);
}

TEST_F(EarlierAttemptTest, IsAnsweredWhileTheGatewayStops) {
  First(ExampleOrder());
  End(0, Made());
  orders_.RefuseOrders();
  EXPECT_TRUE(Retry(ExampleOrder())->answer.ok());
}

TEST_F(EarlierAttemptTest, IsNotLookedForWhereTheCallBearsAnIdOrIsNoRetry) {
  First(ExampleOrder());
  End(0, Made());
  Order("");
  EXPECT_EQ(webex_.orders.size(), 2u);
  ledger_.records->erase(kOtherId);
  Retry(OrderOf(kThirdId));
  EXPECT_EQ(webex_.orders.size(), 3u);
}

TEST_F(EarlierAttemptTest, IsUnknownWhereTheLedgerCannotBeAsked) {
  First(ExampleOrder());
  End(0, Made());
  ledger_.unavailable = true;
  EXPECT_EQ(Word(Retry(ExampleOrder())->answer.status()), "LEDGER_UNAVAILABLE unknown");
  EXPECT_EQ(webex_.orders.size(), 1u);
}

}  // namespace
}  // namespace webex_gateway
