// The operations that this gateway has under way, and the calls that wait for their end.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "server/base/async.h"
#include "server/base/clock.h"

namespace webex_gateway {

// For the loop's thread. Ids are compared byte for byte.
class InFlight {
 public:
  bool Has(const std::string& request_id) const { return waiting_.contains(request_id); }
  void Begin(const std::string& request_id) { waiting_.try_emplace(request_id); }
  // Wakes all calls that wait for it. No effect if it has not begun.
  void End(const std::string& request_id);

  // Returns at once if the operation is not under way, otherwise at its end, or at `until` or when `stop` is requested.
  Async<void> AwaitEnd(Clock& clock, std::string request_id, Clock::Time until, std::stop_token stop);

 private:
  std::map<std::string, std::vector<std::shared_ptr<Event>>> waiting_;
};

}  // namespace webex_gateway
