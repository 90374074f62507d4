// The admin port's page for people: one HTML document, and the JSON that it requests every few seconds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/http/stack.h"
#include "server/ledger/ledger.h"
#include "server/ops/admin_server.h"
#include "server/ops/applied_watch.h"
#include "server/ops/history.h"
#include "server/ops/readiness.h"

namespace webex_gateway {

// Facts that do not change while the gateway runs.
struct Facts {
  std::string version;
  absl::Time started;
  std::string ledger;  // sqlite, postgresql, none
  AdmissionOptions admission;
  std::string webexctl = "webexctl";  // how an operator calls it where this gateway runs
};

// The state of a requested stop.
struct DrainLeft {
  absl::Duration takes_orders;  // how long new ones are still accepted
  absl::Duration ends;          // how long those under way may still take
};

// What the page shows at one moment.
struct Snapshot {
  absl::Time now;
  StackStatus stack;
  TokenHealth token;
  LedgerCounts ledger;
  std::vector<Check> readiness;
  std::optional<Refusal> refusal;
  std::optional<NoneApplied> none_applied;
  std::vector<ReasonCount> reasons;
  std::optional<DrainLeft> drain;
};

// page.html. Its headers forbid the browser everything except this document's own script and style, and the JSON.
AdminAnswer StatusPage();

// Counts, states, and for UNKNOWN operations request id, age and reason, and the number for each reason and time; no
// order, name or secret.
std::string StatusJson(const Facts& facts, const Snapshot& now, const std::vector<HistoryPoint>& history);

}  // namespace webex_gateway
