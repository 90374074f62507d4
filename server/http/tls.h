// What all TLS connections to one host have in common: whom to trust, whose certificate to expect, and the session to
// resume. Verification is always on: there is no way to turn it off.
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

  // Makes `context`, of one connection or of many, this host's: TLS 1.2 at least, the certificates as they are trusted
  // now, a chain that leads to one of them, the host's name (SNI) or address, resumption. The client must outlive every
  // connection of the context.
  virtual void Prepare(ssl_ctx_st* context) = 0;

  // Looks, once a second, whether there are other certificates to trust. True: so it is, and from now on there should
  // be no request on a connection that was prepared before.
  virtual bool TrustsAnew(Clock::Time now) = 0;

  // Which certificate was refused last, and why; empty where none was.
  virtual const std::string& refusal() const = 0;
};

// For connections to `host`, a name or an address without brackets.
std::shared_ptr<TlsClient> CreateTlsClient(const std::string& host, Trust trust);

// Adds to `bytes` what the connections of `context` receive from now on, as it is on the wire.
void CountReceived(ssl_ctx_st* context, std::shared_ptr<int64_t> bytes);

// Whether the handshake of `connection` is over on our side: from then on a request may leave.
bool IsHandshakeOver(const ssl_st* connection);

// Whether `connection` holds bytes of the peer's that have left the socket and that nobody has read.
bool HoldsUnread(const ssl_st* connection);

}  // namespace webex_gateway
