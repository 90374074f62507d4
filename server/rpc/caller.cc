#include "server/rpc/caller.h"

#include "absl/strings/match.h"
#include "grpc/grpc_security_constants.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr size_t kMaxBytes = 256;

}  // namespace

std::string IdentityOf(const grpc::AuthContext& connection) {
  if (!connection.IsPeerAuthenticated()) return "";
  const std::vector<grpc::string_ref> names = connection.GetPeerIdentity();
  if (names.empty()) return "";
  return std::string(Truncate({names[0].data(), names[0].size()}, kMaxBytes));
}

std::vector<std::string> NamesOf(const grpc::AuthContext& connection) {
  std::vector<std::string> names;
  if (!connection.IsPeerAuthenticated()) return names;
  for (const char* kind : {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : connection.FindPropertyValues(kind))
      names.emplace_back(name.data(), name.size());
  }
  return names;
}

std::string AccountOf(const std::string& identity, const std::string& peer) {
  return identity.empty() ? peer.substr(0, peer.rfind(':')) : identity;
}

bool IsUnixSocket(const std::string& peer) { return absl::StartsWith(peer, "unix:"); }

}  // namespace webex_gateway
