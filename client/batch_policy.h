// What follows from how the orders of a batch end: which is sent again, and when to give up all of them.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/batch_file.h"
#include "client/batch_result.h"
#include "client/order_kind.h"
#include "webex_gateway/call_error.h"

namespace webex_gateway::client {

struct BatchStep {
  bool again = false;      // under its request id; else the answer is the order's last
  absl::Duration wait{};   // before that
  bool holds_all = false;  // the others would meet the same, so none is sent meanwhile
};

// After the failure of this number of one order, from 1 on. An order is sent again where the gateway says that this is
// safe, where its result is on record by then, where it may be repeated without harm, and where it is to be sent once
// more, but not yet.
BatchStep StepAfter(const OrderKind& kind, const CallError& error, int failures);

// Notices that every order ends with the same fault, one that no row of the file can mend.
class LostCause {
 public:
  static constexpr int kLimit = 20;  // in a row

  // In words, once there is one; empty until then.
  const std::string& After(const BatchOrder& order, const BatchResult& result);

 private:
  std::string fault_;  // of the last orders
  int count_ = 0;
  std::string words_;
};

}  // namespace webex_gateway::client
