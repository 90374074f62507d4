// What all TLS connections to one host have in common: whom to trust, whose certificate to expect, and the session to
// resume. Verification is always on: there is no way to turn it off.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct ssl_ctx_st;
struct ssl_st;

namespace webex_gateway {

// For the loop's thread only.
class TlsClient {
 public:
  virtual ~TlsClient() = default;

  // Makes `context`, of one connection or of many, this host's: TLS 1.2 at least, the certificates read once for all, a
  // chain that leads to one of them, the host's name (SNI) or address, resumption. The client must outlive every
  // connection of the context.
  virtual void Prepare(ssl_ctx_st* context) = 0;

  // Which certificate was refused last, and why; empty where none was.
  virtual const std::string& refusal() const = 0;
};

// For connections to `host`, a name or an address without brackets. Trusts the PEM certificates in `ca_file`, or where
// that is empty the system's. An error: they cannot be read.
absl::StatusOr<std::shared_ptr<TlsClient>> NewTlsClient(const std::string& host, const std::string& ca_file);

// Adds to `bytes` what the connections of `context` receive from now on, as it is on the wire.
void CountReceived(ssl_ctx_st* context, std::shared_ptr<int64_t> bytes);

// Whether `connection` holds bytes of the peer's that have left the socket and that nobody has read.
bool HoldsUnread(const ssl_st* connection);

// Whether the certificates in `ca_file` can be read.
absl::Status CheckCertificates(const std::string& ca_file);

}  // namespace webex_gateway
