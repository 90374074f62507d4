// From a host's name to its addresses. The system's lookup blocks, and the HTTP library's own has one thread for all
// clients of the process, so that one lookup that hangs would hold up all; hence this one.
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

// Numeric, an IPv6 address without brackets; the one to try first is first. Never empty.
using Addresses = std::vector<std::string>;

// Whether `host` is an address itself, without brackets.
bool IsAddress(const std::string& host);

// Looks a name up, however long that takes. For any thread. An error says what failed.
using BlockingLookup = std::function<absl::StatusOr<Addresses>(const std::string& host)>;

// The system's: /etc/hosts, DNS, whatever it is configured for.
absl::StatusOr<Addresses> SystemLookup(const std::string& host);

// For the loop's thread only.
class Resolver {
 public:
  // `lookup` runs on a thread of its own, one at a time for each host.
  Resolver(Loop& loop, Clock& clock, BlockingLookup lookup);
  ~Resolver();  // a lookup under way is left behind

  // The addresses of the host `name`, which may itself be one, as they were at most 30 s ago. Where a lookup fails
  // or takes over 1 s, those known from before serve on, and the next one is waited for 5 s later. Errors: UNAVAILABLE,
  // none could be found; DEADLINE_EXCEEDED, CANCELLED: `until` came or `stop` was requested first (the lookup goes on,
  // for others).
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
