// Who may call, and who may resolve operations.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/rpc/caller.h"

namespace webex_gateway {

// In a list: whoever may open the unix socket. The socket's mode is the access control there; a caller has no name.
inline constexpr char kUnixSocketCallers[] = "unix";

// As the connection proves it.
struct Peer {
  std::string identity;  // see IdentityOf
  CallerNames names;
  bool on_unix_socket = false;
};

// A list of names of certificates, or kUnixSocketCallers. One with "://" is a URI, any other a DNS name, and they are
// compared with the certificate's names of that kind, byte by byte: no wildcards, and case counts.
class CallerList {
 public:
  explicit CallerList(const std::vector<std::string>& names);
  bool Has(const Peer& peer) const;

 private:
  std::set<std::string> dns_;
  std::set<std::string> uris_;
  bool unix_socket_ = false;
};

// Checks RPCs before they are handled. An empty list lets everyone through.
class CallerPolicy {
 public:
  CallerPolicy(const std::vector<std::string>& allowed, const std::vector<std::string>& resolvers);

  // `method` as in the request path. PERMISSION_DENIED CALLER_NOT_ALLOWED, or CALLER_NOT_RESOLVER for
  // ResolveOperation; neither says who is on a list, nor who called.
  absl::Status Check(const Peer& peer, absl::string_view method) const;

 private:
  // None: everyone.
  std::optional<CallerList> allowed_;
  std::optional<CallerList> resolvers_;
};

}  // namespace webex_gateway
