// Which callers may call and resolve operations, and whose operations a caller may read.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/rpc/caller.h"

namespace webex_gateway {

// In a list: anyone who can open the unix socket. The socket's mode is the access control there; callers have no names.
inline constexpr char kUnixSocketCallers[] = "unix";

// The caller, as the connection proves it.
struct Peer {
  std::string identity;  // see IdentityOf
  CallerNames names;
  bool on_unix_socket = false;
};

// A list of names in certificates, or kUnixSocketCallers. A name with "://" is a URI, any other a DNS name; they are
// compared byte for byte with the certificate's names of that kind: no wildcards, and case matters.
class CallerList {
 public:
  explicit CallerList(const std::vector<std::string>& names);
  bool Has(const Peer& peer) const;
  // By identity only: the caller's other names do not count.
  bool HasIdentity(const std::string& identity) const;
  bool has_unix_socket() const { return unix_socket_; }

 private:
  std::set<std::string> dns_;
  std::set<std::string> uris_;
  bool unix_socket_ = false;
};

// Checks RPCs before they are handled. An empty list allows everyone.
class CallerPolicy {
 public:
  CallerPolicy(const std::vector<std::string>& allowed, const std::vector<std::string>& resolvers);

  // `method` as in the request path. PERMISSION_DENIED CALLER_NOT_ALLOWED, or CALLER_NOT_RESOLVER for ResolveOperation;
  // neither reveals who is on a list, or who called.
  absl::Status Check(const Peer& peer, absl::string_view method) const;

 private:
  // Empty: everyone.
  std::optional<CallerList> allowed_;
  std::optional<CallerList> resolvers_;
};

// Which operations on record a caller may read.
class ReadPolicy {
 public:
  // The callers that may read all, by identity, since an operation's record has its caller's identity. Empty: everyone.
  explicit ReadPolicy(const std::vector<std::string>& readers);

  // Nothing: all operations. Otherwise only those on record as ordered by this identity; if it is empty, none.
  std::optional<std::string> Only(const std::string& identity, bool on_unix_socket) const;

 private:
  std::optional<CallerList> readers_;
};

}  // namespace webex_gateway
