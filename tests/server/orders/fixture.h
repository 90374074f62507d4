// Orders that go from a caller through a ledger in memory to a Webex that the test plays.
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
#include "tests/server/testing/fake_workspaces.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {

class OrdersTest : public testing::Test {
 protected:
  using ProvisionWorkspaceRequest = webex::broadworks::v1::ProvisionWorkspaceRequest;
  using Workspace = webex::broadworks::v1::Workspace;

  static constexpr char kId[] = "11111111-2222-4333-8444-555555555555";
  static constexpr char kOtherId[] = "22222222-2222-4333-8444-555555555555";  // of orders that come without one

  // A coroutine that never ends would never be freed.
  ~OrdersTest() override {
    ledger_.unavailable = false;
    ledger_.LetGo();
    clock_.RunLoop();
    for (size_t i = 0; i < workspaces_.orders.size(); ++i) workspaces_.End(i, Made());
    clock_.Advance(absl::Seconds(100));
  }

  Started<ProvisionResult> Order(const std::string& id) { return Order(OrderOf(id)); }
  // A gRPC client's library calls again.
  Started<ProvisionResult> Retry(const ProvisionWorkspaceRequest& order) {
    Started<ProvisionResult> started{
        loop_, provisioner_.Provision(order, {.deadline = Later(clock_.Now(), absl::Seconds(5)), .is_retry = true})};
    clock_.RunLoop();
    return started;
  }
  Started<ProvisionResult> Order(const ProvisionWorkspaceRequest& order, std::stop_token gone = {}) {
    Started<ProvisionResult> started{
        loop_, provisioner_.Provision(order, {Later(clock_.Now(), absl::Seconds(5)), gone, "billing"})};
    clock_.RunLoop();
    return started;
  }

  static ProvisionWorkspaceRequest OrderOf(const std::string& id) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_request_id(id);
    return order;
  }

  static ProvisionedWorkspace Made() {
    ProvisionedWorkspace made{AsOrdered(ExampleOrder()), "T1"};
    made.workspace.set_id("i");
    return made;
  }

  static absl::Status Failure(Outcome outcome) {
    return ToStatus({.code = absl::StatusCode::kInternal,
                     .reason = outcome == Outcome::kUnknown ? "WEBEX_INTERNAL" : "WEBEX_NOT_FOUND",
                     .message = "as Webex says",
                     .outcome = outcome,
                     .tracking_id = "T9"});
  }

  void End(size_t number, absl::StatusOr<ProvisionedWorkspace> result) {
    workspaces_.End(number, std::move(result));
    clock_.RunLoop();
  }

  const Operation& Recorded(const std::string& id) { return ledger_.records->at(id).operation; }

  Loop loop_;
  FakeClock clock_{loop_};
  FakeLedger ledger_{clock_};
  FakeWorkspaces workspaces_;
  Contradictions contradictions_;
  Provisioner provisioner_{loop_, clock_, ledger_, workspaces_, contradictions_, [] { return std::string(kOtherId); }};
};

}  // namespace webex_gateway
