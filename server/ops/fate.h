// What became of an order, in the terms that log and metrics share.
#pragma once

#include <string>

#include "server/rpc/workspace_service.h"

namespace webex_gateway {

struct Fate {
  // applied, validated (nothing was ordered, as the caller requested), not_applied, unchanged, unknown; none if no
  // order was requested.
  std::string outcome;
  std::string reason;     // of an error: from the error tables in proto/README.md; otherwise empty
  bool answered = false;  // an error with a status from Webex
  // The order on record that blocked this one; empty if it was this one itself.
  std::string earlier_request_id = {};
};

// An error without an outcome counts as unknown.
Fate FateOf(const RpcReport& report);

}  // namespace webex_gateway
