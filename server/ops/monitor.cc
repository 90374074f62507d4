#include "server/ops/monitor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace webex_gateway {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);

}  // namespace

Monitor::Monitor(Clock& clock, Facts facts, Sources sources, const Metrics& metrics, const History& history,
                 HealthService& health, std::vector<std::string> services, Tell tell)
    : clock_(clock),
      facts_(std::move(facts)),
      sources_(std::move(sources)),
      metrics_(metrics),
      history_(history),
      health_(health),
      services_(std::move(services)),
      tell_(std::move(tell)) {
  health_.Set("", true);
  TellHealth(Readiness());
}

std::map<std::string, AdminPage> Monitor::Pages() {
  const auto page = [this](Async<AdminAnswer> (Monitor::*make)()) { return [this, make] { return (this->*make)(); }; };
  return {{"/", page(&Monitor::Page)},
          {"/status.json", page(&Monitor::Status)},
          {"/livez", page(&Monitor::Live)},
          {"/readyz", page(&Monitor::Ready)},
          {"/metrics", page(&Monitor::MetricsPage)}};
}

void Monitor::Start() {
  const auto look = [this] {
    Look();
    Start();
  };
  next_look_ = clock_.At(Later(clock_.Now(), kLookEvery), look);
}

void Monitor::Drain(const StopLimits& limits) {
  const Clock::Time refuses_at = Later(clock_.Now(), limits.drain_delay);
  draining_ = Draining{refuses_at, Later(refuses_at, limits.drain_timeout)};
  next_look_ = nullptr;
  health_.Stop();
}

Condition Monitor::Now() const {
  return {.token = sources_.token(),
          .breaker = sources_.stack().breaker,
          .ledger_trouble = sources_.ledger().trouble,
          .draining = draining_.has_value(),
          .refusal = history_.refusal(),
          .now = clock_.WallNow()};
}

Snapshot Monitor::TakeSnapshot() const {
  const Condition now = Now();
  return {.now = now.now,
          .stack = sources_.stack(),
          .token = now.token,
          .ledger = sources_.ledger().counts,
          .readiness = ReadinessOf(now),
          .refusal = now.refusal,
          .none_applied = sources_.none_applied(),
          .reasons = history_.Reasons(),
          .drain = LeftOfDrain()};
}

std::optional<DrainLeft> Monitor::LeftOfDrain() const {
  if (!draining_) return std::nullopt;
  const auto left = [this](Clock::Time end) {
    return std::max(absl::ZeroDuration(), absl::FromChrono(end - clock_.Now()));
  };
  return DrainLeft{left(draining_->refuses_at), left(draining_->ends_at)};
}

std::vector<std::string> Monitor::Warnings() const {
  const std::optional<NoneApplied> none = sources_.none_applied();
  return none ? std::vector{none->Words()} : std::vector<std::string>();
}

void Monitor::Look() {
  const std::vector<Check> checks = ReadinessOf(Now());
  TellHealth(checks);
  TellChanges(checks);
}

void Monitor::TellHealth(const std::vector<Check>& checks) {
  for (const std::string& service : services_) health_.Set(service, TakesOrders(checks));
}

void Monitor::TellChanges(const std::vector<Check>& checks) {
  std::vector<Check> failing;
  std::copy_if(checks.begin(), checks.end(), std::back_inserter(failing),
               [](const Check& check) { return !check.ok(); });
  std::vector<std::string> names;
  for (const Check& check : failing) names.push_back(check.name);
  if (std::exchange(failing_, names) != names) tell_(failing);
}

Async<AdminAnswer> Monitor::Live() { co_return AdminAnswer{.body = "ok\n"}; }

Async<AdminAnswer> Monitor::Ready() {
  const std::vector<Check> checks = Readiness();
  co_return AdminAnswer{.status = TakesOrders(checks) ? 200 : 503,
                        .content_type = "application/json",
                        .body = ReadinessJson(checks, Warnings())};
}

Async<AdminAnswer> Monitor::MetricsPage() {
  co_return AdminAnswer{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_.Text()};
}

Async<AdminAnswer> Monitor::Page() { co_return StatusPage(); }

Async<AdminAnswer> Monitor::Status() {
  co_return AdminAnswer{.content_type = "application/json",
                        .body = StatusJson(facts_, TakeSnapshot(), history_.Points())};
}

}  // namespace webex_gateway
