// Whom the wire connects to: what of the settings the library is told, and how.
#pragma once

#include <cpprest/http_client.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/http/cpprest/client.h"
#include "server/http/tls.h"

namespace webex_gateway {

struct Target {
  Target(const WireOptions& options, std::shared_ptr<TlsClient> with_tls);

  bool secure() const { return tls != nullptr; }
  bool through_proxy() const { return !proxy.host().empty(); }

  // Whom to connect to, for the resolver.
  std::string host() const;

  // The base URI by which the library connects to `address` and nobody else: it would try the addresses of a name by
  // taking other connections out of its pool.
  web::uri UriFor(const std::string& address) const;
  web::web_proxy ProxyAt(const std::string& address) const;

  std::shared_ptr<TlsClient> tls;  // null for http
  web::uri base;
  web::uri proxy;         // empty for none
  std::string authority;  // the Host header
};

// For the connections to the host in the URL; null for plain http. An error: a CA file that cannot be read.
absl::StatusOr<std::shared_ptr<TlsClient>> CreateTlsClient(const WireOptions& options);

}  // namespace webex_gateway
