// What /metrics shows about callers' connections.
#pragma once

#include "absl/time/time.h"
#include "server/base/reading.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

Readings ReadingsOf(const RpcServer::Counts& counts);
// For the certificate shown to callers; null: none, and its lifetime is NaN.
Readings ReadingsOf(ServerCertificate* certificate, absl::Time now);

}  // namespace webex_gateway
