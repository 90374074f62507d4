#include "server/ops/applied_watch.h"

#include "absl/strings/str_cat.h"
#include "server/ops/fate.h"

namespace webex_gateway {
namespace {

bool IsAboutAnEarlierOrder(const RpcReport& report, const Fate& fate) {
  const bool replayed = report.status.ok() && report.attempts == 0;
  return replayed || fate.reason == "OUTCOME_UNKNOWN" || fate.reason == "OPERATION_IN_PROGRESS";
}

}  // namespace

std::string NoneApplied::Words() const {
  return absl::StrCat("none of the last ", orders,
                      " orders was applied: ", reason.empty() ? "no reason given" : reason);
}

void AppliedWatch::OnAnswered(const RpcReport& report) {
  if (!report.is_order || report.validated_only) return;
  const Fate fate = FateOf(report);
  if (IsAboutAnEarlierOrder(report, fate)) return;
  if (fate.outcome == "applied") {
    row_ = NoneApplied();
    return;
  }
  if (row_.orders++ == 0) row_.since = clock_.WallNow();
  row_.reason = fate.reason;
}

std::optional<NoneApplied> AppliedWatch::warning() const {
  return row_.orders < kOrdersToWarn ? std::nullopt : std::optional(row_);
}

Readings ReadingsOf(const AppliedWatch& watch) {
  return {GaugeOf("webex_gateway_orders_since_applied",
                  "Orders answered since the last one that was applied, except those answered by the ledger",
                  static_cast<double>(watch.since_applied()))};
}

}  // namespace webex_gateway
