// What all TLS connections to one host share: the certificates to trust, the expected name, and the session to resume.
// Verification is always on and cannot be turned off.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/http/trust.h"

struct ssl_ctx_st;
struct ssl_st;

namespace webex_gateway {

// For the loop's thread only.
class TlsClient {
 public:
  virtual ~TlsClient() = default;

  // Configures `context`, for one or many connections, for this host: at least TLS 1.2, the currently trusted
  // certificates, a chain that leads to one of them, the host's name (SNI) or address, resumption. The client must
  // outlive every connection of the context.
  virtual void Prepare(ssl_ctx_st* context) = 0;

  // Checks, once a second, whether the trusted certificates have changed. True: they have, and from now on no request
  // should use a connection that was prepared before.
  virtual bool TrustsAnew(Clock::Time now) = 0;

  // The certificate that was refused last, and why; empty if none was.
  virtual const std::string& refusal() const = 0;
};

// For connections to `host`, a name or an address without brackets.
std::shared_ptr<TlsClient> CreateTlsClient(const std::string& host, Trust trust);

// Adds to `bytes` the number of bytes that the connections of `context` receive from now on, as on the wire.
void CountReceived(ssl_ctx_st* context, std::shared_ptr<int64_t> bytes);

// Whether the handshake of `connection` has finished on our side: from then on a request may leave.
bool IsHandshakeOver(const ssl_st* connection);

// Whether `connection` holds bytes from the peer that have left the socket but have not been read.
bool HoldsUnread(const ssl_st* connection);

}  // namespace webex_gateway
