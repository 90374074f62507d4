// Decides from the results of a batch's orders which are sent again, and when to give up all of them.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/batch_file.h"
#include "client/batch_result.h"
#include "client/order_kind.h"
#include "webex_gateway/call_error.h"

namespace webex_gateway::client {

struct BatchStep {
  bool again = false;      // send it again under its request id; otherwise the answer is final
  absl::Duration wait{};   // before that
  bool holds_all = false;  // the others would fail likewise, so none is sent meanwhile
};

// What follows the order's failure of this number, counted from 1. An order is sent again if the gateway reports that
// this is safe, if its result will be on record by then, if it may be repeated without harm, or if it is to be sent
// once more but cannot be yet.
BatchStep StepAfter(const OrderKind& kind, const CallError& error, int failures);

// Detects that every order ends with the same fault, one that no change to the file's rows can fix.
class LostCause {
 public:
  static constexpr int kLimit = 20;  // in a row

  // The cause in words, once there is one; empty until then.
  const std::string& After(const BatchOrder& order, const BatchResult& result);

 private:
  std::string fault_;  // of the last orders
  int count_ = 0;
  std::string words_;
};

}  // namespace webex_gateway::client
