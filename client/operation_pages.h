// Many operations, page by page.
#pragma once

#include "client/cli_flags.h"
#include "client/settlement.h"
#include "webex/broadworks/v1/operations.pb.h"
#include "webex_gateway/gateway_client.h"

namespace webex_gateway::client {

// The first operations that meet the flags' conditions, up to their limit; a page token shows that there are more.
Result<webex::broadworks::v1::ListOperationsResponse> ListOperations(const GatewayClient& client,
                                                                     const OperationFlags& flags,
                                                                     const CallOptions& options);

// All orders to provision that are UNKNOWN.
Result<Operations> ListUnknownOrders(const GatewayClient& client, const CallOptions& options);

}  // namespace webex_gateway::client
