// Converts absl::Status, which the gateway uses internally, to what a gRPC caller gets. Done once, in the RPC adapter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace webex_gateway {

// Code, message followed by reason and outcome (error_mark.h), and the google.rpc payloads as details
// (`grpc-status-details-bin`). Other payloads are dropped.
grpc::Status ToGrpcStatus(const absl::Status& status);

// `grpc-retry-pushback-ms`, which controls a gRPC client's own retries: RetryInfo's wait; -1, "do not retry", if the
// outcome is unknown, or if the wait does not end before the caller's deadline, which is `left` away: a client's
// library would then wait until its deadline, and lose the answer; nothing otherwise.
std::vector<std::pair<std::string, std::string>> RetryTrailers(const absl::Status& status, absl::Duration left);

}  // namespace webex_gateway
