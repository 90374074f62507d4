// The host to which the wire connects, and the settings passed to the library.
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

  // The host to connect to, for the resolver.
  std::string host() const;

  // The base URI with which the library connects only to `address`: given a name, it would try its addresses by taking
  // other connections from its pool.
  web::uri UriFor(const std::string& address) const;
  web::web_proxy ProxyAt(const std::string& address) const;

  std::shared_ptr<TlsClient> tls;  // null for http
  web::uri base;
  web::uri proxy;         // empty for none
  std::string authority;  // the Host header
};

// For connections to the URL's host; null for plain http. An error: a CA file that cannot be read.
absl::StatusOr<std::shared_ptr<TlsClient>> CreateTlsClient(const WireOptions& options);

}  // namespace webex_gateway
