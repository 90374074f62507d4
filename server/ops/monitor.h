// What an operator sees of the running gateway: the pages of the admin port, and the services' states in the health
// service. Both show the same, from the same sources.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/base/clock.h"
#include "server/ledger/ledger.h"
#include "server/ops/admin_server.h"
#include "server/ops/applied_watch.h"
#include "server/ops/history.h"
#include "server/ops/metrics.h"
#include "server/ops/readiness.h"
#include "server/ops/status_page.h"
#include "server/ops/stop_limits.h"
#include "server/rpc/health_service.h"

namespace webex_gateway {

// The sources of the state; called on the loop.
struct Sources {
  std::function<StackStatus()> stack;
  std::function<TokenHealth()> token;
  std::function<LedgerHealth()> ledger;
  std::function<std::optional<NoneApplied>()> none_applied = [] { return std::nullopt; };
};

// For the loop's thread, except construction and Pages.
class Monitor {
 public:
  // Called, from Start until Drain, at each change of readiness, with the checks that fail now; empty if none.
  using Tell = std::function<void(const std::vector<Check>& failing)>;

  // Everything passed by reference must outlive the monitor. `services` are those that accept orders. From now on the
  // health service always reports the server ("") as serving, and each service while orders should be sent here.
  Monitor(Clock& clock, Facts facts, Sources sources, const Metrics& metrics, const History& history,
          HealthService& health, std::vector<std::string> services, Tell tell);

  //   /             for people
  //   /status.json  what that page shows
  //   /livez        200: the loop runs. Nothing else is checked, so that a failing Webex never restarts a pod.
  //   /readyz       200 if orders should be sent here, otherwise 503; in JSON whether all is well, and what is not
  //   /metrics      for Prometheus
  std::map<std::string, AdminPage> Pages();

  // Checks again once a second, from now until Drain.
  void Start();
  // From now on the gateway is not ready, and nothing is serving. It stops within `limits`.
  void Drain(const StopLimits& limits);

  // The current checks.
  std::vector<Check> Readiness() const { return ReadinessOf(Now()); }

 private:
  Condition Now() const;
  std::optional<DrainLeft> LeftOfDrain() const;
  std::vector<std::string> Warnings() const;
  Snapshot TakeSnapshot() const;
  void Look();
  void TellHealth(const std::vector<Check>& checks);
  void TellChanges(const std::vector<Check>& checks);
  Async<AdminAnswer> Live();
  Async<AdminAnswer> Ready();
  Async<AdminAnswer> MetricsPage();
  Async<AdminAnswer> Page();
  Async<AdminAnswer> Status();

  Clock& clock_;
  const Facts facts_;
  const Sources sources_;
  const Metrics& metrics_;
  const History& history_;
  HealthService& health_;
  const std::vector<std::string> services_;
  const Tell tell_;
  std::vector<std::string> failing_;  // as last reported
  struct Draining {
    Clock::Time refuses_at;
    Clock::Time ends_at;
  };
  std::optional<Draining> draining_;
  std::unique_ptr<Timer> next_look_;
};

}  // namespace webex_gateway
