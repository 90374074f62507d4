// Whether the gateway should be sent orders now, and if not, why. One list of checks, for /readyz, for the services'
// states in the health service, and for the metrics.
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

// The facts on which readiness depends.
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
  // The trouble may be over, and only an order can show it: so one should be sent.
  bool trying = false;

  bool ok() const { return trouble.empty(); }
};

// Always the same checks in the same order:
//   token    there is one to send, and Webex does not refuse it. Trying if the next order may find out;
//   ledger   orders can be recorded;
//   breaker  is closed. Trying while it is half open, otherwise no probe could close it;
//   webex    did not present an untrusted certificate to the last order. Trying from a minute after such an order;
//   drain    no stop has been requested.
std::vector<Check> ReadinessOf(const Condition& condition);

// Whether orders should be sent here: nothing is wrong, or only something that an order must try.
bool TakesOrders(const std::vector<Check>& checks);
// Whether all is well.
bool IsReady(const std::vector<Check>& checks);

Readings ReadingsOf(const std::vector<Check>& checks);

// {"ready": ..., "checks": [{"name": ..., "ok": ..., "trouble": ...}, ...]}; no `trouble` if there is none. In addition
// "trying": true if it accepts orders although it is not ready, and "warnings": [...] if there are any: what an
// operator should fix although orders are accepted.
std::string ReadinessJson(const std::vector<Check>& checks, const std::vector<std::string>& warnings = {});

}  // namespace webex_gateway
