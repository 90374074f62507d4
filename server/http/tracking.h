// Tracking: identifies an attempt at Webex, and in the trace of its call.
#pragma once

#include <memory>

#include "absl/random/bit_gen_ref.h"
#include "server/http/http.h"

namespace webex_gateway {

// Counts the call's attempts, and gives each its own TrackingID header, "WXGW_<request id>_<attempt>", so that Cisco's
// support can distinguish them; and, if the call belongs to a trace, a traceparent with a new span id, and the caller's
// tracestate unchanged.
std::unique_ptr<HttpClient> WithTracking(std::unique_ptr<HttpClient> next, absl::BitGenRef random);

}  // namespace webex_gateway
