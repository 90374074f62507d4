// Whether the gateway should be given orders now, and if not, why. One list of checks, for /readyz, for the health
// service's word on the services, and for the metrics.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/reading.h"
#include "server/http/breaker.h"
#include "server/http/token_source.h"
#include "server/ops/history.h"

namespace webex_gateway {

// What readiness depends on.
struct Condition {
  TokenHealth token;
  Breaker::State breaker = Breaker::State::kClosed;
  std::string ledger_trouble;
  bool draining = false;
  std::optional<Refusal> refusal;
  absl::Time now;
};

struct Check {
  std::string name;
  std::string trouble;  // empty: all is well
  // The trouble may be over, and only an order can show that: so one is to come.
  bool trying = false;

  bool ok() const { return trouble.empty(); }
};

// Always the same checks in the same order:
//   token    there is one to send, and Webex does not refuse it. Trying where the next order may find out;
//   ledger   orders can be put on record;
//   breaker  is closed. Trying while it is half open, or there would be no probe that could close it;
//   webex    showed the last order no certificate that was refused. Trying from a minute after the last such order on;
//   drain    no stop has been asked for.
std::vector<Check> ReadinessOf(const Condition& condition);

// Whether orders should be sent here: nothing is wrong, or only what an order has to try.
bool TakesOrders(const std::vector<Check>& checks);
// Whether all is well.
bool IsReady(const std::vector<Check>& checks);

Readings ReadingsOf(const std::vector<Check>& checks);

// {"ready": ..., "checks": [{"name": ..., "ok": ..., "trouble": ...}, ...]}; no `trouble` where there is none. Beside
// them "trying": true where it takes orders though it is not ready, and "warnings": [...] where there are any: what an
// operator should see to although orders are taken.
std::string ReadinessJson(const std::vector<Check>& checks, const std::vector<std::string>& warnings = {});

}  // namespace webex_gateway
