// Who may call, and who may resolve operations.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace webex_gateway {

// In a list: whoever may open the unix socket. The socket's mode is the access control there; a caller has no name.
inline constexpr char kUnixSocketCallers[] = "unix";

// As the connection proves it.
struct Peer {
  std::string identity;            // see IdentityOf
  std::vector<std::string> names;  // see NamesOf
  bool on_unix_socket = false;
};

// A list of names (DNS names and URIs of certificates, or kUnixSocketCallers). They are compared byte by byte: no
// wildcards, and case counts.
class CallerList {
 public:
  explicit CallerList(const std::vector<std::string>& names);
  bool Has(const Peer& peer) const;

 private:
  std::set<std::string> names_;
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
