// Identifies callers.
#pragma once

#include <string>
#include <vector>

#include "grpcpp/security/auth_context.h"

namespace webex_gateway {

// The peer's identity as its TLS certificate proves it: the first of its alternative names (a URI such as
// spiffe://sp.com/billing, a DNS name, an address), or its common name if it has none of them. A name that could be
// mistaken for one of another kind gets a prefix: "CN:billing", "DNS:spiffe://sp.com/billing", "URI:sp.com". Empty if
// the connection proves nothing: plaintext, or TLS without a caller's certificate. At most kMaxIdentityBytes of it.
inline constexpr size_t kMaxIdentityBytes = 256;
std::string IdentityOf(const grpc::AuthContext& connection);

// The account of an RPC where callers share limits: its identity, or, if the connection proves none, the host that it
// comes from ("ipv4:192.0.2.1"); all callers on unix sockets share one.
std::string AccountOf(const std::string& identity, const std::string& peer);

// Whether this is gRPC's name for a peer on a unix socket; there all have the same name, and one account.
bool IsUnixSocket(const std::string& peer);

// All names by which a caller may be listed (caller_list.h): the alternative names of its certificate, but not the
// common name.
struct CallerNames {
  std::vector<std::string> dns;
  std::vector<std::string> uris;
};
CallerNames NamesOf(const grpc::AuthContext& connection);

}  // namespace webex_gateway
