#include "server/rpc/caller_list.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr absl::string_view kResolve = "/webex.broadworks.v1.OperationService/ResolveOperation";

absl::Status Denied(std::string reason, std::string message, Outcome outcome) {
  return ToStatus({.code = absl::StatusCode::kPermissionDenied,
                   .reason = std::move(reason),
                   .message = std::move(message),
                   .outcome = outcome});
}

}  // namespace

CallerList::CallerList(const std::vector<std::string>& names) {
  for (const std::string& name : names) (absl::StrContains(name, "://") ? uris_ : dns_).insert(name);
  // Never compared as a name: a certificate may contain it.
  unix_socket_ = dns_.erase(kUnixSocketCallers) > 0;
}

bool CallerList::Has(const Peer& peer) const {
  if (peer.on_unix_socket) return unix_socket_;
  const auto any = [](const std::vector<std::string>& names, const std::set<std::string>& listed) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return listed.count(name) > 0; });
  };
  return any(peer.names.dns, dns_) || any(peer.names.uris, uris_);
}

bool CallerList::HasIdentity(const std::string& identity) const {
  return dns_.count(identity) > 0 || uris_.count(identity) > 0;
}

CallerPolicy::CallerPolicy(const std::vector<std::string>& allowed, const std::vector<std::string>& resolvers) {
  if (!allowed.empty()) allowed_.emplace(allowed);
  if (!resolvers.empty()) resolvers_.emplace(resolvers);
}

absl::Status CallerPolicy::Check(const Peer& peer, absl::string_view method) const {
  if (allowed_ && !allowed_->Has(peer)) {
    return Denied("CALLER_NOT_ALLOWED", "this caller may not call this gateway", Outcome::kUnchanged);
  }
  if (method == kResolve && resolvers_ && !resolvers_->Has(peer)) {
    return Denied("CALLER_NOT_RESOLVER", "this caller may not resolve operations", Outcome::kNotApplied);
  }
  return absl::OkStatus();
}

ReadPolicy::ReadPolicy(const std::vector<std::string>& readers) {
  if (!readers.empty()) readers_.emplace(readers);
}

std::optional<std::string> ReadPolicy::Only(const std::string& identity, bool on_unix_socket) const {
  constexpr size_t kLongestCharacter = 4;
  if (!readers_) return std::nullopt;
  if (on_unix_socket ? readers_->has_unix_socket() : readers_->HasIdentity(identity)) return std::nullopt;
  // An identity that may have been truncated may match another caller's.
  return identity.size() > kMaxIdentityBytes - kLongestCharacter ? "" : identity;
}

}  // namespace webex_gateway
