// What became of an order, in the words that log and metrics share.
#pragma once

#include <string>

#include "server/rpc/workspace_service.h"

namespace webex_gateway {

struct Fate {
  // applied, validated (nothing was ordered, as the caller wished), not_applied, unchanged, unknown; none where no
  // order was asked for.
  std::string outcome;
  std::string reason;     // of an error: a row of the error tables in proto/README.md; else empty
  bool answered = false;  // an error with a status of Webex's
  // The order on record that stood in this one's way; empty where it was this one itself.
  std::string earlier_request_id = {};
};

// An error that does not say its outcome is unknown.
Fate FateOf(const RpcReport& report);

}  // namespace webex_gateway
