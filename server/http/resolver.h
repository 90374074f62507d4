// Resolves a host's name to its addresses. The system's lookup blocks, and the HTTP library's has one thread for all
// clients of the process, so that one hanging lookup would delay all; hence this class.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/async.h"
#include "server/base/clock.h"

namespace webex_gateway {

// Numeric, IPv6 addresses without brackets, in the order in which to try them. Never empty.
using Addresses = std::vector<std::string>;

// Whether `host` is an address itself, without brackets.
bool IsAddress(const std::string& host);

// Looks up a name, however long that takes. For any thread. An error states what failed.
using BlockingLookup = std::function<absl::StatusOr<Addresses>(const std::string& host)>;

// The system's lookup: /etc/hosts, DNS, or whatever is configured.
absl::StatusOr<Addresses> SystemLookup(const std::string& host);

// For the loop's thread only.
class Resolver {
 public:
  // `lookup` runs on its own thread, one at a time for each host.
  Resolver(Loop& loop, Clock& clock, BlockingLookup lookup);
  ~Resolver();  // a lookup under way is abandoned

  // The addresses of the host `name`, which may itself be an address, at most 30 s old. If a lookup fails or takes over
  // 1 s, the earlier addresses stay in use, and the next lookup is awaited 5 s later. Errors: UNAVAILABLE, none could
  // be found; DEADLINE_EXCEEDED, CANCELLED: `until` passed or `stop` was requested first (the lookup continues, for
  // others).
  Async<absl::StatusOr<Addresses>> Resolve(std::string name, Clock::Time until, std::stop_token stop);

 private:
  struct Waiter;
  struct Host;
  struct ToLoop;

  void Begin(const std::string& name, Host& host);
  void End(const std::string& name, absl::StatusOr<Addresses> found);

  Loop& loop_;
  Clock& clock_;
  const BlockingLookup lookup_;
  const std::shared_ptr<ToLoop> to_loop_;
  std::map<std::string, std::unique_ptr<Host>> hosts_;
};

}  // namespace webex_gateway
