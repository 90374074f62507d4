// Server reflection, by which grpcurl and `buf curl` learn the contract. gRPC 1.51's plugin knows
// grpc.reflection.v1alpha only; v1 is the same messages under another package, so both are served here by one
// implementation.
#pragma once

#include <string>
#include <vector>

#include "grpc/reflection/v1/reflection.pb.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// The answer to one request about the linked-in protos; `services` is what list_services says.
grpc::reflection::v1::ServerReflectionResponse Reflect(const grpc::reflection::v1::ServerReflectionRequest& request,
                                                       const std::vector<std::string>& services);

// Serves both names, and lists them behind `services`.
void AddReflectionService(RpcServer& server, std::vector<std::string> services);

}  // namespace webex_gateway
