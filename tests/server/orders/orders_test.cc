#include "server/orders/orders.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/testing/contradictions.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_ledger.h"
#include "tests/server/testing/fake_workspaces.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

constexpr char kRequestId[] = "11111111-2222-4333-8444-555555555555";

class ProvisionerTest : public testing::Test {
 protected:
  // A coroutine that never ends would never be freed.
  ~ProvisionerTest() override {
    for (size_t i = 0; i < workspaces_.orders.size(); ++i) workspaces_.End(i, Made());
    clock_.RunLoop();
  }

  Started<ProvisionResult> Order(const ProvisionWorkspaceRequest& order) {
    Started<ProvisionResult> started{
        loop_, provisioner_.Provision(order, {Later(clock_.Now(), absl::Seconds(5)), caller_.get_token()})};
    clock_.RunLoop();
    return started;
  }

  static ProvisionWorkspaceRequest OrderOf(const std::string& user) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_user_id(user);
    return order;
  }

  static ProvisionedWorkspace Made() {
    ProvisionedWorkspace made{AsOrdered(ExampleOrder()), "T1"};
    made.workspace.set_id("i");
    return made;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FakeLedger ledger_{clock_};
  FakeWorkspaces workspaces_;
  int ids_ = 0;
  Contradictions contradictions_;
  Provisioner provisioner_{loop_,       clock_,          ledger_,
                           workspaces_, contradictions_, [this] { return absl::StrCat("made-", ++ids_); }};
  std::stop_source caller_;
};

TEST_F(ProvisionerTest, SendsTheOrderInTheTraceOfItsCaller) {
  Caller caller{.deadline = Later(clock_.Now(), absl::Seconds(5))};
  caller.trace = {.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", .state = "a=1"};
  Started<ProvisionResult> started{loop_, provisioner_.Provision(ExampleOrder(), std::move(caller))};
  clock_.RunLoop();
  ASSERT_EQ(workspaces_.orders.size(), 1u);
  EXPECT_EQ(workspaces_.orders[0]->call.trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(workspaces_.orders[0]->call.trace.state, "a=1");
}

TEST_F(ProvisionerTest, AnswersWithTheWorkspaceAndWhatIsKnownOfTheCall) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id(kRequestId);
  auto result = Order(order);
  EXPECT_FALSE(result.done());
  ASSERT_EQ(workspaces_.orders.size(), 1u);
  EXPECT_EQ(workspaces_.orders[0]->call.request_id, kRequestId);
  EXPECT_EQ(workspaces_.orders[0]->call.deadline, Later(clock_.Now(), absl::Seconds(5)));
  workspaces_.End(0, Made());
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->workspace->id(), "i");
  EXPECT_EQ(result->request_id, kRequestId);
  EXPECT_EQ(result->tracking_id, "T1");
  EXPECT_EQ(result->attempts, 1);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(ProvisionerTest, PassesAnErrorOn) {
  auto result = Order(ExampleOrder());
  workspaces_.End(0, absl::NotFoundError("as Webex says"));
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->workspace.status(), absl::NotFoundError("as Webex says"));
  EXPECT_EQ(result->attempts, 1);
}

TEST_F(ProvisionerTest, MakesARequestIdWhereThereIsNone) {
  auto result = Order(ExampleOrder());
  EXPECT_EQ(workspaces_.orders[0]->call.request_id, "made-1");
  workspaces_.End(0, Made());
  clock_.RunLoop();
  EXPECT_EQ(result->request_id, "made-1");
}

TEST_F(ProvisionerTest, TakesCapitalsInARequestIdForSmallLettersEverywhere) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("ABCDEF00-2222-4333-8444-555555555555");
  auto result = Order(order);
  EXPECT_EQ(workspaces_.orders[0]->call.request_id, "abcdef00-2222-4333-8444-555555555555");
  workspaces_.End(0, Made());
  clock_.RunLoop();
  EXPECT_EQ(result->request_id, "abcdef00-2222-4333-8444-555555555555");
}

TEST_F(ProvisionerTest, LetsARequestIdThatIsNoUuidGetNowhere) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("x\r\ninjected: 1");
  auto result = Order(order);
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->request_id, "made-1");
  EXPECT_EQ(ReasonOf(result->workspace.status()), "INVALID_REQUEST");
  EXPECT_EQ(MetadataOf(result->workspace.status(), "request_id"), "made-1");
  EXPECT_FALSE(absl::StrContains(result->workspace.status().ToString(), "injected"));
}

TEST_F(ProvisionerTest, CallsNothingForAnOrderThatIsNotValid) {
  auto result = Order(ProvisionWorkspaceRequest());
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->workspace.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(result->workspace.status())->field_violations_size(), 4);
  EXPECT_EQ(result->attempts, 0);
  EXPECT_TRUE(workspaces_.orders.empty());
}

TEST_F(ProvisionerTest, CallsNothingWhereItShallOnlyValidate) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_validate_only(true);
  auto result = Order(order);
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->workspace->SerializeAsString(), AsOrdered(ExampleOrder()).SerializeAsString());
  EXPECT_EQ(result->workspace->state(), Workspace::STATE_UNSPECIFIED);
  EXPECT_EQ(result->request_id, "made-1");
  order.clear_user_id();
  EXPECT_EQ(ReasonOf(Order(order)->workspace.status()), "INVALID_REQUEST");
  EXPECT_TRUE(workspaces_.orders.empty());
}

TEST_F(ProvisionerTest, SaysAtTheDeadlineThatASentOrderMayHaveTakenEffect) {
  auto result = Order(ExampleOrder());
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_FALSE(result.done());
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(result.done());
  const absl::Status status = result->workspace.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(status), "DEADLINE_AFTER_SENT");
  EXPECT_EQ(OutcomeOf(status), "unknown");
  EXPECT_EQ(MetadataOf(status, "request_id"), "made-1");
  EXPECT_EQ(MetadataOf(status, "attempts"), "1");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_EQ(result->attempts, 1);
}

TEST_F(ProvisionerTest, SaysAtOnceThatTheCallerOfASentOrderHasLeft) {
  auto result = Order(ExampleOrder());
  caller_.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->workspace.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(ReasonOf(result->workspace.status()), "CANCELLED_AFTER_SENT");
  EXPECT_EQ(OutcomeOf(result->workspace.status()), "unknown");
}

TEST_F(ProvisionerTest, LeavesItToTheLayersBelowToSayThatNothingWasSent) {
  workspaces_.leaves_at_once = false;
  auto late = Order(ExampleOrder());
  clock_.Advance(absl::Seconds(5));
  EXPECT_FALSE(late.done());
  workspaces_.End(0, absl::DeadlineExceededError("before sent"));
  clock_.RunLoop();
  ASSERT_TRUE(late.done());
  EXPECT_EQ(late->workspace.status(), absl::DeadlineExceededError("before sent"));

  auto gone = Order(OrderOf("user-2"));
  caller_.request_stop();
  clock_.RunLoop();
  EXPECT_FALSE(gone.done());
  EXPECT_TRUE(workspaces_.orders[1]->call.stop.stop_requested());
  workspaces_.End(1, absl::CancelledError("before sent"));
  clock_.RunLoop();
  ASSERT_TRUE(gone.done());
  EXPECT_EQ(gone->workspace.status(), absl::CancelledError("before sent"));
}

TEST_F(ProvisionerTest, SendsNothingForACallerWhoHadLeftBefore) {
  caller_.request_stop();
  auto result = Order(ExampleOrder());
  ASSERT_TRUE(result.done());
  EXPECT_EQ(ReasonOf(result->workspace.status()), "CANCELLED_BEFORE_SENT");
  EXPECT_EQ(OutcomeOf(result->workspace.status()), "not_applied");
  EXPECT_TRUE(workspaces_.orders.empty());
}

TEST_F(ProvisionerTest, DoesNotLoseAResultThatComesInTheMomentOfTheDeadline) {
  std::optional<Started<ProvisionResult>> result;
  // Due in the same moment as the deadline, and just before it.
  const auto before = clock_.At(Later(clock_.Now(), absl::Seconds(5)), [this] { workspaces_.End(0, Made()); });
  result.emplace(Order(ExampleOrder()));
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(result->done());
  EXPECT_EQ((*result)->workspace->id(), "i");
}

TEST_F(ProvisionerTest, PrefersAResultToACallersLeavingInTheSameMoment) {
  auto result = Order(ExampleOrder());
  workspaces_.End(0, Made());
  caller_.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_TRUE(result->workspace.ok()) << result->workspace.status();
}

TEST_F(ProvisionerTest, LetsASentOrderRunOnAfterItsCallerLeft) {
  auto result = Order(ExampleOrder());
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(result.done());
  bool idle = false;
  provisioner_.WhenIdle([&idle] { idle = true; });
  clock_.Advance(absl::Seconds(100));
  EXPECT_FALSE(idle);
  EXPECT_TRUE(workspaces_.orders[0]->call.in_flight);
  workspaces_.End(0, Made());
  clock_.RunLoop();
  EXPECT_TRUE(idle);
}

TEST_F(ProvisionerTest, IsIdleOnceEveryOrderHasEnded) {
  int idle = 0;
  provisioner_.WhenIdle([&idle] { ++idle; });
  EXPECT_EQ(idle, 1);
  Order(OrderOf("user-1"));
  Order(OrderOf("user-2"));
  provisioner_.WhenIdle([&idle] { ++idle; });
  workspaces_.End(0, Made());
  clock_.RunLoop();
  EXPECT_EQ(idle, 1);
  workspaces_.End(1, absl::InternalError("x"));
  clock_.RunLoop();
  EXPECT_EQ(idle, 2);
}

TEST_F(ProvisionerTest, RefusesNewOrdersForAStopAndLetsTheOthersRunOn) {
  auto under_way = Order(OrderOf("user-1"));
  provisioner_.RefuseOrders();
  const absl::Status refused = Order(OrderOf("user-2"))->workspace.status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused), "GATEWAY_STOPPING");
  EXPECT_EQ(OutcomeOf(refused), "not_applied");
  EXPECT_EQ(MetadataOf(refused, "request_id"), "made-2");
  EXPECT_EQ(RetryDelayOf(refused), absl::Seconds(1));
  EXPECT_EQ(ReasonOf(Order(ProvisionWorkspaceRequest())->workspace.status()), "INVALID_REQUEST");
  EXPECT_EQ(workspaces_.orders.size(), 1u);
  workspaces_.End(0, Made());
  clock_.RunLoop();
  EXPECT_TRUE(under_way->workspace.ok());
}

TEST_F(ProvisionerTest, SaysOfAnOrderGivenUpForAStopThatAnotherGatewayMayTakeIt) {
  auto result = Order(ExampleOrder());
  provisioner_.RefuseOrders();
  workspaces_.orders[0]->call.in_flight = false;  // it waits
  caller_.request_stop();
  workspaces_.End(0, ToStatus({.code = absl::StatusCode::kCancelled,
                               .reason = "CANCELLED_BEFORE_SENT",
                               .message = "nothing was sent",
                               .outcome = Outcome::kNotApplied}));
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->workspace.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(result->workspace.status()), "GATEWAY_STOPPING");
  EXPECT_EQ(RetryDelayOf(result->workspace.status()), absl::Seconds(1));
}

TEST_F(ProvisionerTest, SendsEachOrderOnce) {
  auto first = Order(OrderOf("user-1"));
  auto second = Order(OrderOf("user-2"));
  EXPECT_EQ(workspaces_.orders.size(), 2u);
  workspaces_.End(1, Made());
  clock_.RunLoop();
  EXPECT_FALSE(first.done());
  ASSERT_TRUE(second.done());
  EXPECT_EQ(second->request_id, "made-2");
}

}  // namespace
}  // namespace webex_gateway
