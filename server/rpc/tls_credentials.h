// TLS for callers, in gRPC's form.
#pragma once

#include <memory>

#include "grpcpp/security/server_credentials.h"
#include "server/rpc/server_certificate.h"

namespace webex_gateway {

// TLS 1.2 or later with `certificate` as it is at each handshake. If it has a client_ca from the start, callers must
// present a certificate issued by this CA. Must outlive the server.
std::shared_ptr<grpc::ServerCredentials> CreateTlsCredentials(std::shared_ptr<ServerCertificate> certificate);

}  // namespace webex_gateway
