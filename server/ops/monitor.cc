#include "server/ops/monitor.h"

#include <utility>

#include "server/ops/process.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);

}  // namespace

Monitor::Monitor(Clock& clock, Sources sources, const Metrics& metrics, HealthService& health,
                 std::vector<std::string> services)
    : clock_(clock), sources_(std::move(sources)), metrics_(metrics), health_(health), services_(std::move(services)) {
  health_.Set("", true);
  TellHealth();
}

std::map<std::string, AdminPage> Monitor::Pages() {
  return {{"/livez", [this] { return Live(); }}, {"/readyz", [this] { return Ready(); }}, {"/metrics", [this] {
                                                                                             return MetricsPage();
                                                                                           }}};
}

void Monitor::Start() {
  const auto look = [this] {
    TellHealth();
    Start();
  };
  next_look_ = clock_.At(Later(clock_.Now(), kLookEvery), look);
}

void Monitor::Drain() {
  draining_ = true;
  next_look_ = nullptr;
  health_.Stop();
}

Condition Monitor::Now() const {
  return {.token = sources_.token(),
          .breaker = sources_.stack().breaker,
          .ledger_trouble = sources_.ledger().trouble,
          .draining = draining_};
}

void Monitor::TellHealth() {
  const bool ready = IsReady(ReadinessOf(Now()));
  for (const std::string& service : services_) health_.Set(service, ready);
}

Async<AdminAnswer> Monitor::Live() { co_return AdminAnswer{.body = "ok\n"}; }

Async<AdminAnswer> Monitor::Ready() {
  const std::vector<Check> checks = ReadinessOf(Now());
  co_return AdminAnswer{IsReady(checks) ? 200 : 503, "application/json", ReadinessJson(checks)};
}

Async<AdminAnswer> Monitor::MetricsPage() {
  const Condition now = Now();
  const Readings readings{.now = clock_.WallNow(),
                          .stack = sources_.stack(),
                          .wire = sources_.wire(),
                          .token = now.token,
                          .ledger = sources_.ledger().counts,
                          .readiness = ReadinessOf(now),
                          .process = ReadProcessUse(),
                          .log_lines_dropped = sources_.log_lines_dropped(),
                          .floods_ended = sources_.floods_ended()};
  co_return AdminAnswer{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_.Text(readings)};
}

}  // namespace webex_gateway
