#include "server/ledger/readings.h"

#include <algorithm>

namespace webex_gateway {
namespace {

double OldestUnknownSeconds(const LedgerCounts& counts, absl::Time now) {
  if (counts.oldest_unknown.empty()) return 0;
  return std::max(0.0, absl::ToDoubleSeconds(now - counts.oldest_unknown.front().since));
}

}  // namespace

Readings ReadingsOf(const LedgerCounts& counts, absl::Time now) {
  const auto of = [](const char* state, int64_t count) {
    return Reading::Sample{static_cast<double>(count), {{"state", state}}};
  };
  return {
      {Reading::Type::kGauge,
       "webex_gateway_ledger_operations",
       "Operations on record, by what became of them; unknown_repeatable: the same call again settles it, nobody else",
       {of("in_flight", counts.in_flight), of("succeeded", counts.succeeded), of("failed", counts.failed),
        of("unknown", counts.unknown), of("unknown_repeatable", counts.unknown_repeatable)}},
      GaugeOf("webex_gateway_ledger_oldest_unknown_seconds",
              "For how long the oldest UNKNOWN operation has been so; 0 where there is none",
              OldestUnknownSeconds(counts, now))};
}

}  // namespace webex_gateway
