// Tracking: how an attempt is known at Webex, and in the trace of its call.
#pragma once

#include <memory>

#include "absl/random/bit_gen_ref.h"
#include "server/http/http.h"

namespace webex_gateway {

// Counts the call's attempts, and gives each a TrackingID header of its own, "WXGW_<request id>_<attempt>", so that
// Cisco's support can tell them apart; and, where the call belongs to a trace, a traceparent with a new span id, and
// the caller's tracestate as it is.
std::unique_ptr<HttpClient> WithTracking(std::unique_ptr<HttpClient> next, absl::BitGenRef random);

}  // namespace webex_gateway
