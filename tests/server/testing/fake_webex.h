// A Webex for tests: each order waits, having left for Webex or not, until the test ends it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/webex/webex.h"

namespace webex_gateway {

class FakeWebex : public Webex {
 public:
  struct Order {
    const Method& method;
    std::string request;  // in its wire form
    Call& call;           // invalid once the order has ended
    Event ended;
    absl::StatusOr<WebexResult> result = absl::UnknownError("not set");
  };

  // Whether a new order has left for Webex.
  bool leaves_at_once = true;

  Async<absl::StatusOr<WebexResult>> Send(const Method& method, const google::protobuf::Message& request,
                                          Call& call) override {
    orders.push_back(std::unique_ptr<Order>(new Order{method, request.SerializeAsString(), call, {}}));
    Order& order = *orders.back();
    ++call.attempts;
    call.in_flight = leaves_at_once;
    co_await order.ended.Wait();
    call.in_flight = false;
    co_return order.result;
  }

  // Ends the order of this number, counted from 0, when the loop runs next.
  void End(size_t number, absl::StatusOr<WebexResult> result) {
    orders[number]->result = std::move(result);
    orders[number]->ended.Set();
  }

  std::vector<std::unique_ptr<Order>> orders;
};

}  // namespace webex_gateway
