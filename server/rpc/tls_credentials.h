// TLS towards callers, as gRPC wants it.
#pragma once

#include <memory>

#include "grpcpp/security/server_credentials.h"
#include "server/rpc/server_certificate.h"

namespace webex_gateway {

// TLS 1.2 or later with `certificate` as it is at each handshake. Where it has a client_ca from the start, callers must
// show a certificate that this CA vouches for. Must outlive the server.
std::shared_ptr<grpc::ServerCredentials> CreateTlsCredentials(std::shared_ptr<ServerCertificate> certificate);

}  // namespace webex_gateway
