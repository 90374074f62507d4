#include "server/rpc/caller.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc/grpc_security_constants.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

std::vector<std::string> Values(const std::vector<grpc::string_ref>& values) {
  std::vector<std::string> copy;
  for (const grpc::string_ref& value : values) copy.emplace_back(value.data(), value.size());
  return copy;
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Names whose kind is obvious: a DNS name has no colon, and a caller's URI has an authority.
std::string WithKind(const std::string& name, const CallerNames& names) {
  const bool is_dns = Has(names.dns, name);
  const bool is_uri = Has(names.uris, name);
  if (is_dns && !absl::StrContains(name, ':')) return name;
  if (is_uri && absl::StrContains(name, "://")) return name;
  return absl::StrCat(is_dns ? "DNS:" : "", is_uri && !is_dns ? "URI:" : "", name);
}

}  // namespace

std::string IdentityOf(const grpc::AuthContext& connection) {
  if (!connection.IsPeerAuthenticated()) return "";
  const std::vector<std::string> names = Values(connection.GetPeerIdentity());
  if (names.empty()) return "";
  const bool is_common_name = connection.GetPeerIdentityPropertyName() == GRPC_X509_CN_PROPERTY_NAME;
  const std::string identity = is_common_name ? absl::StrCat("CN:", names[0]) : WithKind(names[0], NamesOf(connection));
  return std::string(Truncate(identity, kMaxIdentityBytes));
}

CallerNames NamesOf(const grpc::AuthContext& connection) {
  if (!connection.IsPeerAuthenticated()) return {};
  return {Values(connection.FindPropertyValues(GRPC_PEER_DNS_PROPERTY_NAME)),
          Values(connection.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME))};
}

std::string AccountOf(const std::string& identity, const std::string& peer) {
  return identity.empty() ? peer.substr(0, peer.rfind(':')) : identity;
}

bool IsUnixSocket(const std::string& peer) { return absl::StartsWith(peer, "unix:"); }

}  // namespace webex_gateway
