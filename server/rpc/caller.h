// Who calls.
#pragma once

#include <string>
#include <vector>

#include "grpcpp/security/auth_context.h"

namespace webex_gateway {

// The peer's identity as its TLS certificate proves it: the first of its alternative names (a URI such as
// spiffe://sp.com/billing, a DNS name, an address), or its common name where it has none of them. A name that could be
// taken for one of another kind says of which it is: "CN:billing", "DNS:spiffe://sp.com/billing", "URI:sp.com". Empty
// where the connection proves nothing: plaintext, or TLS without a certificate of the caller's. At most
// kMaxIdentityBytes of it.
inline constexpr size_t kMaxIdentityBytes = 256;
std::string IdentityOf(const grpc::AuthContext& connection);

// On whose account an RPC goes where callers share what is bounded: its identity, or where the connection proves none
// the host that it comes from ("ipv4:192.0.2.1"); all on unix sockets are one.
std::string AccountOf(const std::string& identity, const std::string& peer);

// Whether gRPC names a peer like this on a unix socket; there all have one name, and one account.
bool IsUnixSocket(const std::string& peer);

// All names by which a caller may be listed (caller_list.h): those among the alternative names of its certificate. The
// common name is none.
struct CallerNames {
  std::vector<std::string> dns;
  std::vector<std::string> uris;
};
CallerNames NamesOf(const grpc::AuthContext& connection);

}  // namespace webex_gateway
