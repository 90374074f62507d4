// Who calls.
#pragma once

#include <string>

#include "grpcpp/security/auth_context.h"

namespace webex_gateway {

// The peer's identity as its TLS certificate proves it: the first of its alternative names (a URI such as
// spiffe://sp.com/billing, a DNS name, an address), or its common name where it has none of them. Empty where the
// connection proves nothing: plaintext, or TLS without a certificate of the caller's. At most 256 bytes of it.
std::string IdentityOf(const grpc::AuthContext& connection);

}  // namespace webex_gateway
