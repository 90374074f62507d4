// From absl::Status, as the gateway speaks inside, to what a gRPC caller gets. Done once, in the RPC adapter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace webex_gateway {

// Code, message with reason and outcome behind it (error_mark.h), and the google.rpc payloads as details
// (`grpc-status-details-bin`). Other payloads stay inside.
grpc::Status ToGrpcStatus(const absl::Status& status);

// `grpc-retry-pushback-ms`, which steers a gRPC client's own retry: RetryInfo's wait; -1, "do not", where the outcome
// is unknown, and where the wait does not end before the caller's deadline, of which so much is `left`: a client's
// library would wait for its deadline then, and forget what it was answered; nothing otherwise.
std::vector<std::pair<std::string, std::string>> RetryTrailers(const absl::Status& status, absl::Duration left);

}  // namespace webex_gateway
