// The values of the metrics' labels. Each set is closed, so that every series can start at zero.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "server/http/telemetry.h"
#include "server/ops/fate.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// By number, spelt as in Go's gRPC metrics, since dashboards and alerts for grpc_server_... expect that.
inline constexpr std::array<const char*, 17> kGrpcCodes = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

absl::string_view NameOf(RpcType type);

absl::string_view NameOf(RetryCause cause);
const std::vector<RetryCause>& RetryCauses();

// How an attempt ended: its HTTP status if the error tables in proto/README.md name it, otherwise the status's class
// ("5xx") or the failure ("answer_lost").
std::string ResultOf(const absl::StatusOr<HttpAnswer>& answer);
std::vector<std::string> AttemptResults();

// What can become of an order, by the error tables in proto/README.md.
const std::vector<Fate>& OrderFates();

}  // namespace webex_gateway
