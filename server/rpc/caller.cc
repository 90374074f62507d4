#include "server/rpc/caller.h"

#include <vector>

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

}  // namespace webex_gateway
