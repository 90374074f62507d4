// What an operator is told of the running gateway: the pages of the admin port, and the health service's word on the
// services. Both say the same, from the same sources.
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

// Where the state of things is read; called on the loop.
struct Sources {
  std::function<StackStatus()> stack;
  std::function<TokenHealth()> token;
  std::function<LedgerHealth()> ledger;
  std::function<std::optional<NoneApplied>()> none_applied = [] { return std::nullopt; };
};

// For the loop's thread, but for construction and Pages.
class Monitor {
 public:
  // Is told, from Start until Drain, of each change of readiness: of the checks that fail now, or of none.
  using Tell = std::function<void(const std::vector<Check>& failing)>;

  // What is passed by reference must outlive the monitor. `services` are those that take orders. From now on the health
  // service says that the server ("") is serving, always, and each service, where orders should come.
  Monitor(Clock& clock, Facts facts, Sources sources, const Metrics& metrics, const History& history,
          HealthService& health, std::vector<std::string> services, Tell tell);

  //   /             for people
  //   /status.json  what that page shows
  //   /livez        200: the loop turns. Nothing else is looked at, so that a Webex that fails never restarts a pod.
  //   /readyz       200 where orders should come, else 503; in JSON whether all is well, and what is not
  //   /metrics      for Prometheus
  std::map<std::string, AdminPage> Pages();

  // Looks again once a second, from now until Drain.
  void Start();
  // From now on the gateway is not ready, and nothing is serving. It stops within `limits`.
  void Drain(const StopLimits& limits);

  // Of now.
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
  std::vector<std::string> failing_;  // as it was told last
  struct Draining {
    Clock::Time refuses_at;
    Clock::Time ends_at;
  };
  std::optional<Draining> draining_;
  std::unique_ptr<Timer> next_look_;
};

}  // namespace webex_gateway
