#include "server/orders/orders.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/testing/contradictions.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_ledger.h"
#include "tests/server/testing/fake_webex.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

constexpr char kRequestId[] = "11111111-2222-4333-8444-555555555555";

class OrdersAloneTest : public testing::Test {
 protected:
  // A coroutine that never ends would never be freed.
  ~OrdersAloneTest() override {
    for (size_t i = 0; i < webex_.orders.size(); ++i) webex_.End(i, Made());
    clock_.RunLoop();
  }

  Started<OrderResult> Order(const ProvisionWorkspaceRequest& order) {
    Started<OrderResult> started{loop_, orders_.Take(MethodOf(order), Owned(order),
                                                     {Later(clock_.Now(), absl::Seconds(5)), caller_.get_token()})};
    clock_.RunLoop();
    return started;
  }

  static ProvisionWorkspaceRequest OrderOf(const std::string& user) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_user_id(user);
    return order;
  }

  static WebexResult Made() { return ExampleResult(); }

  Loop loop_;
  FakeClock clock_{loop_};
  FakeLedger ledger_{clock_};
  FakeWebex webex_;
  int ids_ = 0;
  Contradictions contradictions_;
  Orders orders_{loop_, clock_, ledger_, webex_, contradictions_, [this] { return absl::StrCat("made-", ++ids_); }};
  std::stop_source caller_;
};

TEST_F(OrdersAloneTest, SendsTheOrderInTheTraceOfItsCaller) {
  Caller caller{.deadline = Later(clock_.Now(), absl::Seconds(5))};
  caller.trace = {.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", .state = "a=1"};
  Started<OrderResult> started{loop_, orders_.Take(MethodOf(ExampleOrder()), Owned(ExampleOrder()), std::move(caller))};
  clock_.RunLoop();
  ASSERT_EQ(webex_.orders.size(), 1u);
  EXPECT_EQ(webex_.orders[0]->call.trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(webex_.orders[0]->call.trace.state, "a=1");
}

TEST_F(OrdersAloneTest, AnswersWithTheWorkspaceAndWhatIsKnownOfTheCall) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id(kRequestId);
  auto result = Order(order);
  EXPECT_FALSE(result.done());
  ASSERT_EQ(webex_.orders.size(), 1u);
  EXPECT_EQ(webex_.orders[0]->call.request_id, kRequestId);
  EXPECT_EQ(webex_.orders[0]->call.deadline, Later(clock_.Now(), absl::Seconds(5)));
  webex_.End(0, Made());
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(WorkspaceIn(*result->answer).id(), "i");
  EXPECT_EQ(result->request_id, kRequestId);
  EXPECT_EQ(result->tracking_id, "T1");
  EXPECT_EQ(result->attempts, 1);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(OrdersAloneTest, PassesAnErrorOn) {
  auto result = Order(ExampleOrder());
  webex_.End(0, absl::NotFoundError("as Webex says"));
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->answer.status(), absl::NotFoundError("as Webex says"));
  EXPECT_EQ(result->attempts, 1);
}

TEST_F(OrdersAloneTest, MakesARequestIdWhereThereIsNone) {
  auto result = Order(ExampleOrder());
  EXPECT_EQ(webex_.orders[0]->call.request_id, "made-1");
  webex_.End(0, Made());
  clock_.RunLoop();
  EXPECT_EQ(result->request_id, "made-1");
}

TEST_F(OrdersAloneTest, TakesCapitalsInARequestIdForSmallLettersEverywhere) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("ABCDEF00-2222-4333-8444-555555555555");
  auto result = Order(order);
  EXPECT_EQ(webex_.orders[0]->call.request_id, "abcdef00-2222-4333-8444-555555555555");
  webex_.End(0, Made());
  clock_.RunLoop();
  EXPECT_EQ(result->request_id, "abcdef00-2222-4333-8444-555555555555");
}

TEST_F(OrdersAloneTest, RefusesARequestIdThatIsNotAUuid) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("x\r\ninjected: 1");
  auto result = Order(order);
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->request_id, "made-1");
  EXPECT_EQ(ReasonOf(result->answer.status()), "INVALID_REQUEST");
  EXPECT_EQ(MetadataOf(result->answer.status(), "request_id"), "made-1");
  EXPECT_FALSE(absl::StrContains(result->answer.status().ToString(), "injected"));
}

TEST_F(OrdersAloneTest, CallsNothingForAnOrderThatIsNotValid) {
  auto result = Order(ProvisionWorkspaceRequest());
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(result->answer.status())->field_violations_size(), 4);
  EXPECT_EQ(result->attempts, 0);
  EXPECT_TRUE(webex_.orders.empty());
}

TEST_F(OrdersAloneTest, CallsNothingWhereItShallOnlyValidate) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_validate_only(true);
  auto result = Order(order);
  ASSERT_TRUE(result.done());
  EXPECT_EQ(WorkspaceIn(*result->answer).SerializeAsString(), AsOrdered(ExampleOrder()).SerializeAsString());
  EXPECT_EQ(WorkspaceIn(*result->answer).state(), Workspace::STATE_UNSPECIFIED);
  EXPECT_EQ(result->request_id, "made-1");
  order.clear_user_id();
  EXPECT_EQ(ReasonOf(Order(order)->answer.status()), "INVALID_REQUEST");
  EXPECT_TRUE(webex_.orders.empty());
}

TEST_F(OrdersAloneTest, SaysAtTheDeadlineThatASentOrderMayHaveTakenEffect) {
  auto result = Order(ExampleOrder());
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_FALSE(result.done());
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(result.done());
  const absl::Status status = result->answer.status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReasonOf(status), "DEADLINE_AFTER_SENT");
  EXPECT_EQ(OutcomeOf(status), "unknown");
  EXPECT_EQ(MetadataOf(status, "request_id"), "made-1");
  EXPECT_EQ(MetadataOf(status, "attempts"), "1");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  EXPECT_EQ(result->attempts, 1);
}

TEST_F(OrdersAloneTest, SaysAtOnceThatTheCallerOfASentOrderHasLeft) {
  auto result = Order(ExampleOrder());
  caller_.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->answer.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(ReasonOf(result->answer.status()), "CANCELLED_AFTER_SENT");
  EXPECT_EQ(OutcomeOf(result->answer.status()), "unknown");
}

TEST_F(OrdersAloneTest, LeavesItToTheLayersBelowToSayThatNothingWasSent) {
  webex_.leaves_at_once = false;
  auto late = Order(ExampleOrder());
  clock_.Advance(absl::Seconds(5));
  EXPECT_FALSE(late.done());
  webex_.End(0, absl::DeadlineExceededError("before sent"));
  clock_.RunLoop();
  ASSERT_TRUE(late.done());
  EXPECT_EQ(late->answer.status(), absl::DeadlineExceededError("before sent"));

  auto gone = Order(OrderOf("user-2"));
  caller_.request_stop();
  clock_.RunLoop();
  EXPECT_FALSE(gone.done());
  EXPECT_TRUE(webex_.orders[1]->call.stop.stop_requested());
  webex_.End(1, absl::CancelledError("before sent"));
  clock_.RunLoop();
  ASSERT_TRUE(gone.done());
  EXPECT_EQ(gone->answer.status(), absl::CancelledError("before sent"));
}

TEST_F(OrdersAloneTest, SendsNothingForACallerWhoHadLeftBefore) {
  caller_.request_stop();
  auto result = Order(ExampleOrder());
  ASSERT_TRUE(result.done());
  EXPECT_EQ(ReasonOf(result->answer.status()), "CANCELLED_BEFORE_SENT");
  EXPECT_EQ(OutcomeOf(result->answer.status()), "not_applied");
  EXPECT_TRUE(webex_.orders.empty());
}

TEST_F(OrdersAloneTest, DoesNotLoseAResultThatComesInTheMomentOfTheDeadline) {
  std::optional<Started<OrderResult>> result;
  // Due in the same moment as the deadline, and just before it.
  const auto before = clock_.At(Later(clock_.Now(), absl::Seconds(5)), [this] { webex_.End(0, Made()); });
  result.emplace(Order(ExampleOrder()));
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(result->done());
  EXPECT_EQ(WorkspaceIn(*(*result)->answer).id(), "i");
}

TEST_F(OrdersAloneTest, PrefersAResultToACallersLeavingInTheSameMoment) {
  auto result = Order(ExampleOrder());
  webex_.End(0, Made());
  caller_.request_stop();
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_TRUE(result->answer.ok()) << result->answer.status();
}

TEST_F(OrdersAloneTest, LetsASentOrderRunOnAfterItsCallerLeft) {
  auto result = Order(ExampleOrder());
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(result.done());
  bool idle = false;
  orders_.WhenIdle([&idle] { idle = true; });
  clock_.Advance(absl::Seconds(100));
  EXPECT_FALSE(idle);
  EXPECT_TRUE(webex_.orders[0]->call.in_flight);
  webex_.End(0, Made());
  clock_.RunLoop();
  EXPECT_TRUE(idle);
}

TEST_F(OrdersAloneTest, IsIdleOnceEveryOrderHasEnded) {
  int idle = 0;
  orders_.WhenIdle([&idle] { ++idle; });
  EXPECT_EQ(idle, 1);
  Order(OrderOf("user-1"));
  Order(OrderOf("user-2"));
  orders_.WhenIdle([&idle] { ++idle; });
  webex_.End(0, Made());
  clock_.RunLoop();
  EXPECT_EQ(idle, 1);
  webex_.End(1, absl::InternalError("x"));
  clock_.RunLoop();
  EXPECT_EQ(idle, 2);
}

TEST_F(OrdersAloneTest, RefusesNewOrdersForAStopAndLetsTheOthersRunOn) {
  auto under_way = Order(OrderOf("user-1"));
  orders_.RefuseOrders();
  const absl::Status refused = Order(OrderOf("user-2"))->answer.status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused), "GATEWAY_STOPPING");
  EXPECT_EQ(OutcomeOf(refused), "not_applied");
  EXPECT_EQ(MetadataOf(refused, "request_id"), "made-2");
  EXPECT_EQ(RetryDelayOf(refused), absl::Seconds(1));
  EXPECT_EQ(ReasonOf(Order(ProvisionWorkspaceRequest())->answer.status()), "INVALID_REQUEST");
  EXPECT_EQ(webex_.orders.size(), 1u);
  webex_.End(0, Made());
  clock_.RunLoop();
  EXPECT_TRUE(under_way->answer.ok());
}

TEST_F(OrdersAloneTest, SaysOfAnOrderGivenUpForAStopThatAnotherGatewayMayTakeIt) {
  auto result = Order(ExampleOrder());
  orders_.RefuseOrders();
  webex_.orders[0]->call.in_flight = false;  // it waits
  caller_.request_stop();
  webex_.End(0, ToStatus({.code = absl::StatusCode::kCancelled,
                          .reason = "CANCELLED_BEFORE_SENT",
                          .message = "nothing was sent",
                          .outcome = Outcome::kNotApplied}));
  clock_.RunLoop();
  ASSERT_TRUE(result.done());
  EXPECT_EQ(result->answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(result->answer.status()), "GATEWAY_STOPPING");
  EXPECT_EQ(RetryDelayOf(result->answer.status()), absl::Seconds(1));
}

TEST_F(OrdersAloneTest, SendsEachOrderOnce) {
  auto first = Order(OrderOf("user-1"));
  auto second = Order(OrderOf("user-2"));
  EXPECT_EQ(webex_.orders.size(), 2u);
  webex_.End(1, Made());
  clock_.RunLoop();
  EXPECT_FALSE(first.done());
  ASSERT_TRUE(second.done());
  EXPECT_EQ(second->request_id, "made-2");
}

}  // namespace
}  // namespace webex_gateway
