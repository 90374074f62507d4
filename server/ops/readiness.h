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
  bool ok() const { return trouble.empty(); }
};

// Always the same checks in the same order:
//   token    there is one to send;
//   ledger   orders can be put on record;
//   breaker  is not open. Half open is well: an order has to come, or there is no probe that could close it;
//   webex    did not refuse the last order's token, nor show a certificate that was refused. A minute after the last
//            such order it is well again: one has to come, or nobody hears that it is mended;
//   drain    no stop has been asked for.
std::vector<Check> ReadinessOf(const Condition& condition);

// It is ready only so that an order may come and try whether Webex is back.
bool IsTrying(const Condition& condition);

bool IsReady(const std::vector<Check>& checks);

Readings ReadingsOf(const std::vector<Check>& checks);

// {"ready": ..., "checks": [{"name": ..., "ok": ..., "trouble": ...}, ...]}; no `trouble` where there is none.
std::string ReadinessJson(const std::vector<Check>& checks);

}  // namespace webex_gateway
