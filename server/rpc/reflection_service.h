// Server reflection, from which grpcurl and `buf curl` learn the contract. gRPC 1.51's plugin supports only
// grpc.reflection.v1alpha; v1 has the same messages in another package, so one implementation serves both here.
#pragma once

#include <string>
#include <vector>

#include "grpc/reflection/v1/reflection.pb.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// The answer to one request about the linked protos; `services` is the answer to list_services.
grpc::reflection::v1::ServerReflectionResponse Reflect(const grpc::reflection::v1::ServerReflectionRequest& request,
                                                       const std::vector<std::string>& services);

// Serves both names, and lists them after `services`.
void AddReflectionService(RpcServer& server, std::vector<std::string> services);

}  // namespace webex_gateway
