// The library's clients, one for each address: each has its own pool of connections.
#pragma once

#include <cpprest/http_client.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/http/cpprest/arrivals.h"
#include "server/http/cpprest/attempt.h"
#include "server/http/cpprest/target.h"
#include "server/http/resolver.h"
#include "server/http/wire.h"

namespace webex_gateway {

// For the loop's thread only.
class Connections : public std::enable_shared_from_this<Connections> {
 public:
  using LibraryClient = web::http::client::http_client;

  Connections(const Clock& clock, Target target, const WireOptions& options);

  const Target& target() const { return target_; }
  WireCounts& counts() { return counts_; }

  // The client for this attempt at `address`. Through a proxy each request has its own client, and so its own
  // connection: the library exposes such connections in two forms that cannot be distinguished, so none could be
  // checked before it is reused.
  std::shared_ptr<LibraryClient> ClientFor(Attempt& attempt, const std::string& address);

  // Hands the request to the library.
  void Start(Attempt& attempt, LibraryClient& client, const web::http::http_request& request);

  // No more requests are sent on the existing connections to `address`; those under way finish on theirs.
  void Renew(const std::string& address) { clients_.erase(address); }

  // An authority that is no longer trusted must not keep connections trusted.
  void LookWhomToTrust(Clock::Time now);

  // Forgets the connections to all others.
  void KeepOnly(const Addresses& addresses);

  // The last moment at which the request can be stopped, by an exception: its headers have left, and these bytes of its
  // body are about to follow. Without the last ones no server can consider it complete.
  void OnBodyLeaves(Attempt& attempt, bool last);
  // The library has given the last bytes to the kernel, unless it failed.
  static void OnBodyHandedOver(const Attempt& attempt);
  // A request without a body has left, with its headers.
  void OnHeadersLeft(Attempt& attempt);
  void OnHeaders(const web::http::http_response& answer, const std::string& address);
  void OnFailure(const Attempt& attempt, const std::string& address);

  std::optional<absl::flat_hash_set<int>> TakeArrivals() { return arrivals_.Take(); }

 private:
  using Socket = Attempt::Socket;

  std::shared_ptr<LibraryClient> NewClient(const std::string& address, const std::shared_ptr<int64_t>& received);
  void OnPicked(Socket& socket, const ssl_st* tls);
  void WatchSocket(Attempt& attempt);

  const Clock& clock_;
  const Target target_;
  const absl::Duration idle_life_;
  const absl::Duration attempt_timeout_;
  WireCounts counts_;
  std::map<std::string, std::shared_ptr<LibraryClient>> clients_;  // by address
  Arrivals arrivals_;
  Attempt* starting_ = nullptr;
};

}  // namespace webex_gateway
