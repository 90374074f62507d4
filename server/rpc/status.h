// From absl::Status, as the gateway speaks inside, to what a gRPC caller gets. Done once, in the RPC adapter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace webex_gateway {

// Code, message, and the google.rpc payloads as details (`grpc-status-details-bin`). Other payloads stay inside.
grpc::Status ToGrpcStatus(const absl::Status& status);

// `grpc-retry-pushback-ms`, which steers a gRPC client's own retry: RetryInfo's wait; -1, "do not", where the outcome
// is unknown; nothing otherwise.
std::vector<std::pair<std::string, std::string>> RetryTrailers(const absl::Status& status);

}  // namespace webex_gateway
