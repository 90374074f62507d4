// A Workspaces for tests: each order waits, having left for Webex or not, until the test ends it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "server/webex/workspaces.h"

namespace webex_gateway {

class FakeWorkspaces : public Workspaces {
 public:
  struct Order {
    webex::broadworks::v1::ProvisionWorkspaceRequest request;
    Call& call;  // gone once the order has ended
    Event ended;
    absl::StatusOr<ProvisionedWorkspace> result = absl::UnknownError("not set");
  };

  // Whether an order that begins has left for Webex.
  bool leaves_at_once = true;

  Async<absl::StatusOr<ProvisionedWorkspace>> Provision(const webex::broadworks::v1::ProvisionWorkspaceRequest& request,
                                                        Call& call) override {
    orders.push_back(std::unique_ptr<Order>(new Order{request, call, {}, absl::UnknownError("not set")}));
    Order& order = *orders.back();
    ++call.attempts;
    call.in_flight = leaves_at_once;
    co_await order.ended.Wait();
    call.in_flight = false;
    co_return order.result;
  }

  // Ends the order of that number, the first being 0, when the loop runs next.
  void End(size_t number, absl::StatusOr<ProvisionedWorkspace> result) {
    orders[number]->result = std::move(result);
    orders[number]->ended.Set();
  }

  std::vector<std::unique_ptr<Order>> orders;
};

}  // namespace webex_gateway
