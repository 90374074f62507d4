#include "server/http/cpprest/target.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/base/host_port.h"

namespace webex_gateway {
Target::Target(const WireOptions& options, std::shared_ptr<TlsClient> with_tls)
    : tls(std::move(with_tls)), base(options.base_url), proxy(options.proxy) {
  authority = std::string(AuthorityOf(options.base_url));
}

std::string Target::host() const { return std::string(WithoutBrackets(through_proxy() ? proxy.host() : base.host())); }

// An IPv6 address has no brackets here, since the library would look them up; so the port must follow.
web::uri Target::UriFor(const std::string& address) const {
  if (through_proxy()) return base;  // the proxy resolves the name
  const int port = base.port() > 0 ? base.port() : secure() ? 443 : 80;
  return {absl::StrCat(base.scheme(), "://", address, ":", port, base.path() == "/" ? "" : base.path())};
}

web::web_proxy Target::ProxyAt(const std::string& address) const {
  return {web::uri(absl::StrCat("http://", address, ":", proxy.port() > 0 ? proxy.port() : 80))};
}

absl::StatusOr<std::shared_ptr<TlsClient>> CreateTlsClient(const WireOptions& options) {
  if (!absl::StartsWith(options.base_url, "https:")) return nullptr;
  absl::StatusOr<Trust> trust = Trust::In(PlacesToTrust(options.ca_file), options.tell_trust);
  if (!trust.ok()) return trust.status();
  // A final full stop in a name belongs to DNS, not to the name in a certificate or SNI.
  const std::string host(WithoutBrackets(web::uri(options.base_url).host()));
  return CreateTlsClient(std::string(absl::StripSuffix(host, ".")), *std::move(trust));
}

}  // namespace webex_gateway
