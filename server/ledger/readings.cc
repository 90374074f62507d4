#include "server/ledger/readings.h"

#include <algorithm>
#include <limits>
#include <string>

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
  return {{Reading::Type::kGauge,
           "webex_gateway_ledger_operations",
           "Operations on record, by state; unknown_repeatable: repeating the call settles it",
           {of("in_flight", counts.in_flight), of("succeeded", counts.succeeded), of("failed", counts.failed),
            of("unknown", counts.unknown), of("unknown_repeatable", counts.unknown_repeatable)}},
          GaugeOf("webex_gateway_ledger_oldest_unknown_seconds",
                  "How long the oldest UNKNOWN operation has been in that state; 0 if there is none",
                  OldestUnknownSeconds(counts, now))};
}

Readings ReadingsOf(absl::string_view kind, const std::optional<VolumeUse>& volume) {
  const auto bytes = [&](int64_t VolumeUse::* figure) {
    return volume ? static_cast<double>((*volume).*figure) : std::numeric_limits<double>::quiet_NaN();
  };
  const auto is = [&](const char* name) { return Reading::Sample{kind == name ? 1.0 : 0.0, {{"kind", name}}}; };
  return {{Reading::Type::kGauge,
           "webex_gateway_ledger_kind",
           "1 for the ledger's kind; several gateways may share one of kind postgresql",
           {is("none"), is("sqlite"), is("postgresql")}},
          GaugeOf("webex_gateway_ledger_volume_free_bytes", "Free space on the volume of SQLite's file; NaN: not known",
                  bytes(&VolumeUse::free_bytes)),
          GaugeOf("webex_gateway_ledger_volume_bytes", "The size of that volume", bytes(&VolumeUse::bytes))};
}

}  // namespace webex_gateway
