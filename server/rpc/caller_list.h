// Who may call, who may resolve operations, and whose operations a caller may read.
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
  // By identity alone: no other of the caller's names counts.
  bool HasIdentity(const std::string& identity) const;
  bool has_unix_socket() const { return unix_socket_; }

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

// Which operations on record a caller may read.
class ReadPolicy {
 public:
  // Who may read all: by their identities, since that is what an operation's caller has on record. None: everyone.
  explicit ReadPolicy(const std::vector<std::string>& readers);

  // Nothing: all. Else those that are on record as ordered by this identity; where it is empty, none.
  std::optional<std::string> Only(const std::string& identity, bool on_unix_socket) const;

 private:
  std::optional<CallerList> readers_;
};

}  // namespace webex_gateway
