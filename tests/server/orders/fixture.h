// Orders that go from a caller through a ledger in memory to a Webex that the test simulates.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/orders/orders.h"
#include "tests/server/testing/contradictions.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_ledger.h"
#include "tests/server/testing/fake_webex.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {

class OrdersTest : public testing::Test {
 protected:
  using ProvisionWorkspaceRequest = webex::broadworks::v1::ProvisionWorkspaceRequest;
  using Workspace = webex::broadworks::v1::Workspace;

  static constexpr char kId[] = "11111111-2222-4333-8444-555555555555";
  static constexpr char kOtherId[] = "22222222-2222-4333-8444-555555555555";  // for orders without an id

  // A coroutine that never ends would never be freed.
  ~OrdersTest() override {
    ledger_.unavailable = false;
    ledger_.LetGo();
    clock_.RunLoop();
    for (size_t i = 0; i < webex_.orders.size(); ++i) webex_.End(i, Made());
    clock_.Advance(absl::Seconds(100));
  }

  Started<OrderResult> Order(const std::string& id) { return Order(OrderOf(id)); }
  // A gRPC client's library repeats the call.
  template <typename Request>
  Started<OrderResult> Retry(const Request& order, const std::string& caller = "billing") {
    Caller again{.deadline = Later(clock_.Now(), absl::Seconds(5)), .identity = caller, .is_retry = true};
    Started<OrderResult> started{loop_, orders_.Take(MethodOf(order), Owned(order), std::move(again))};
    clock_.RunLoop();
    return started;
  }
  Started<OrderResult> Order(const ProvisionWorkspaceRequest& order, std::stop_token gone = {}) {
    Started<OrderResult> started{
        loop_, orders_.Take(MethodOf(order), Owned(order), {Later(clock_.Now(), absl::Seconds(5)), gone, "billing"})};
    clock_.RunLoop();
    return started;
  }

  static ProvisionWorkspaceRequest OrderOf(const std::string& id) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_request_id(id);
    return order;
  }

  static WebexResult Made() { return ExampleResult(); }

  static absl::Status Failure(Outcome outcome) {
    return ToStatus({.code = absl::StatusCode::kInternal,
                     .reason = outcome == Outcome::kUnknown ? "WEBEX_INTERNAL" : "WEBEX_NOT_FOUND",
                     .message = "as Webex says",
                     .outcome = outcome,
                     .tracking_id = "T9"});
  }

  void End(size_t number, absl::StatusOr<WebexResult> result) {
    webex_.End(number, std::move(result));
    clock_.RunLoop();
  }

  const Operation& Recorded(const std::string& id) { return ledger_.records->at(id).operation; }

  Loop loop_;
  FakeClock clock_{loop_};
  FakeLedger ledger_{clock_};
  FakeWebex webex_;
  Contradictions contradictions_;
  Orders orders_{loop_, clock_, ledger_, webex_, contradictions_, [] { return std::string(kOtherId); }};
};

}  // namespace webex_gateway
