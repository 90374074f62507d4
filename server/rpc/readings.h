// What /metrics shows of callers' connections.
#pragma once

#include "absl/time/time.h"
#include "server/base/reading.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

Readings ReadingsOf(const RpcServer::Counts& counts);
// Of the certificate that callers are shown; null: none, and its lifetime is NaN.
Readings ReadingsOf(ServerCertificate* certificate, absl::Time now);

}  // namespace webex_gateway
